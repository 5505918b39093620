// Places that can merge wait in one queue a rank. A heap over all of them would give the same
// order, but in a word of millions of symbols each of its steps is a miss of the cache; here a rank
// is worked off from left to right, and a heap only says which rank is next.
#include "tokenizer/long_word.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <queue>
#include <utility>
#include <vector>

#include "base/error.h"

namespace lucie {
namespace {

using Place = std::uint32_t;
template <typename T>
using SmallestFirst = std::priority_queue<T, std::vector<T>, std::greater<T>>;

// Lists of places, cut into chunks of one cache line that are used again: a word has as many places
// as bytes, and lists that grow by doubling would take twice their memory.
class PlaceLists {
 public:
  struct List {
    std::uint32_t last = kNone;  // chunk
    std::uint32_t count = 0;     // places
  };

  void push(List& list, Place place) {
    const std::size_t at = list.count++ % kPlaces;
    if (at == 0) list.last = take(list.last);
    chunks_[list.last].places[at] = place;
  }
  // In the order of pushing; the list is empty afterwards.
  std::vector<Place> empty(List& list) {
    std::vector<Place> places(list.count);
    for (std::size_t left = list.count; left > 0;) {
      const std::size_t here = (left - 1) % kPlaces + 1;
      left -= here;
      Chunk& chunk = chunks_[list.last];
      std::copy_n(chunk.places.begin(), here, places.begin() + static_cast<std::ptrdiff_t>(left));
      list.last = std::exchange(chunk.before, std::exchange(free_, list.last));
    }
    list = List();
    return places;
  }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  static constexpr std::size_t kPlaces = 15;
  struct Chunk {
    std::uint32_t before;
    std::array<Place, kPlaces> places;
  };
  std::uint32_t take(std::uint32_t before) {
    std::uint32_t taken = free_;
    if (taken == kNone) {
      taken = static_cast<std::uint32_t>(chunks_.size());
      chunks_.emplace_back();
    } else {
      free_ = chunks_[taken].before;
    }
    chunks_[taken].before = before;
    return taken;
  }

  std::deque<Chunk> chunks_;  // does not move what is there when it grows
  std::uint32_t free_ = kNone;
};

// The places of one rank: those that came before the first was taken in a list, which is nearly
// always in order already, those that came later in a heap.
class PlaceQueue {
 public:
  bool empty() const { return waiting_.count == 0 && next_ == early_.size() && late_.empty(); }

  void push(PlaceLists& lists, Place place) {
    if (open_) return late_.push(place);
    sorted_ = sorted_ && newest_ <= place;
    newest_ = place;
    lists.push(waiting_, place);
  }

  Place take_leftmost(PlaceLists& lists) {
    if (!open_) {
      early_ = lists.empty(waiting_);
      if (!sorted_) std::sort(early_.begin(), early_.end());
      open_ = true;
    }
    if (late_.empty() || (next_ < early_.size() && early_[next_] <= late_.top())) {
      return early_[next_++];
    }
    const Place place = late_.top();
    late_.pop();
    return place;
  }

 private:
  PlaceLists::List waiting_;
  Place newest_ = 0;
  std::vector<Place> early_;
  SmallestFirst<Place> late_;
  std::size_t next_ = 0;
  bool open_ = false, sorted_ = true;
};

class LongWord {
 public:
  LongWord(const MergeTable& table, std::span<TokenId> symbols)
      : table_(table), symbols_(symbols), queue_of_(queue_numbers()) {
    if (queue_of_.size() < table.rank_count()) queue_of_.resize(table.rank_count(), kNoQueue);
  }
  // The thread's table of queues is clean again, also after an error.
  ~LongWord() {
    for (const std::uint32_t rank : ranks_of_queues_) queue_of_[rank] = kNoQueue;
  }
  LongWord(const LongWord&) = delete;
  LongWord& operator=(const LongWord&) = delete;

  std::size_t merge() {
    for (std::size_t at = 0; at + 1 < symbols_.size(); ++at) add_pair(at);
    while (!ranks_.empty()) {
      const std::uint32_t rank = ranks_.top();
      PlaceQueue& queue = queues_[queue_of_[rank]];
      // A merge can make a pair of a lower rank, which then goes first.
      while (!queue.empty() && ranks_.top() == rank) {
        merge_at(queue.take_leftmost(lists_), rank);
      }
      if (ranks_.top() != rank) continue;
      ranks_.pop();
      queue = PlaceQueue();
    }
    std::size_t kept = 0;
    for (std::size_t at = 0; at < symbols_.size(); at = next(at)) symbols_[kept++] = symbols_[at];
    return kept;
  }

 private:
  static constexpr std::uint32_t kNoQueue = 0xFFFFFFFF;

  // rank -> place in queues_, all kNoQueue between two words: one a thread, since to make it for
  // each word would take longer than most words.
  static std::vector<std::uint32_t>& queue_numbers() {
    thread_local std::vector<std::uint32_t> numbers;
    return numbers;
  }

  // The way to both neighbours. A symbol that was joined of several first symbols has as many
  // places: the first holds its id, the second and the last minus their number.
  std::size_t next(std::size_t at) const {
    const bool joined = at + 1 < symbols_.size() && symbols_[at + 1] < 0;
    return joined ? at - static_cast<std::size_t>(std::ptrdiff_t{symbols_[at + 1]}) : at + 1;
  }
  std::size_t previous(std::size_t at) const {
    const TokenId last = symbols_[at - 1];
    return last < 0 ? at + static_cast<std::size_t>(std::ptrdiff_t{last}) : at - 1;
  }

  // The pair of the symbol at `at` and the one behind it waits for its turn, if it merges.
  void add_pair(std::size_t at) {
    const std::uint32_t rank = table_.find(symbols_[at], symbols_[next(at)]).rank;
    if (rank == MergeTable::kNone) return;
    if (queue_of_[rank] == kNoQueue) {
      ranks_of_queues_.push_back(rank);
      queues_.emplace_back();
      queue_of_[rank] = static_cast<std::uint32_t>(queues_.size() - 1);
    }
    PlaceQueue& queue = queues_[queue_of_[rank]];
    if (queue.empty() && (ranks_.empty() || ranks_.top() != rank)) ranks_.push(rank);
    queue.push(lists_, static_cast<Place>(at));
  }

  void merge_at(std::size_t at, std::uint32_t rank) {
    if (symbols_[at] < 0) return;  // it is within another by now
    const std::size_t right = next(at);
    if (right == symbols_.size()) return;
    const Merge& merge = table_.find(symbols_[at], symbols_[right]);
    if (merge.rank != rank) return;  // the pair has changed since it was added
    const std::size_t end = next(right);
    const auto places = -static_cast<TokenId>(end - at);
    symbols_[at] = merge.result;
    symbols_[at + 1] = symbols_[right] = symbols_[end - 1] = places;
    if (end < symbols_.size()) add_pair(at);
    if (at > 0) add_pair(previous(at));
  }

  const MergeTable& table_;
  std::span<TokenId> symbols_;
  std::vector<std::uint32_t>& queue_of_;
  PlaceLists lists_;
  std::deque<PlaceQueue> queues_;
  std::vector<std::uint32_t> ranks_of_queues_;
  SmallestFirst<std::uint32_t> ranks_;  // of the queues that hold something
};

}  // namespace

std::size_t merge_long_word(const MergeTable& table, std::span<TokenId> symbols) {
  if (symbols.size() > std::numeric_limits<TokenId>::max()) {
    fail(ErrorCode::kUnsupported, "a word of more than 2 billion characters");
  }
  return LongWord(table, symbols).merge();
}

}  // namespace lucie
