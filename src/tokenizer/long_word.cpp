// Places that can merge wait in one queue a rank. A heap over all of them would give the same
// order, but in a word of millions of symbols each of its steps is a miss of the cache; here a rank
// is worked off from left to right, and a heap only says which rank is next.
#include "tokenizer/long_word.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <queue>
#include <vector>

#include "base/error.h"

namespace lucie {
namespace {

using Place = std::uint32_t;
template <typename T>
using SmallestFirst = std::priority_queue<T, std::vector<T>, std::greater<T>>;

// The places of one rank: those that came before the first was taken in a list, which is nearly
// always in order already, those that came later in a heap.
class PlaceQueue {
 public:
  bool empty() const { return next_ == early_.size() && late_.empty(); }

  void push(Place place) {
    if (open_) return late_.push(place);
    sorted_ = sorted_ && (early_.empty() || early_.back() <= place);
    early_.push_back(place);
  }

  Place take_leftmost() {
    if (!sorted_) std::sort(early_.begin(), early_.end());
    open_ = sorted_ = true;
    if (late_.empty() || (next_ < early_.size() && early_[next_] <= late_.top())) {
      return early_[next_++];
    }
    const Place place = late_.top();
    late_.pop();
    return place;
  }

 private:
  std::vector<Place> early_;
  SmallestFirst<Place> late_;
  std::size_t next_ = 0;
  bool open_ = false, sorted_ = true;
};

class LongWord {
 public:
  LongWord(const MergeTable& table, std::span<TokenId> symbols)
      : table_(table), symbols_(symbols), lengths_(symbols.size(), 1), queue_of_(queue_numbers()) {
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
      while (!queue.empty() && ranks_.top() == rank) merge_at(queue.take_leftmost(), rank);
      if (ranks_.top() != rank) continue;
      ranks_.pop();
      queue = PlaceQueue();
    }
    std::size_t kept = 0;
    for (std::size_t at = 0; at < symbols_.size(); at = next(at)) symbols_[kept++] = symbols_[at];
    return kept;
  }

 private:
  static constexpr TokenId kGone = -1;
  static constexpr std::uint32_t kNoQueue = 0xFFFFFFFF;

  // rank -> place in queues_, all kNoQueue between two words: one a thread, since to make it for
  // each word would take longer than most words.
  static std::vector<std::uint32_t>& queue_numbers() {
    thread_local std::vector<std::uint32_t> numbers;
    return numbers;
  }

  std::size_t next(std::size_t at) const { return at + lengths_[at]; }

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
    queue.push(static_cast<Place>(at));
  }

  void merge_at(std::size_t at, std::uint32_t rank) {
    if (symbols_[at] == kGone || next(at) == symbols_.size()) return;
    const std::size_t right = next(at);
    const Merge& merge = table_.find(symbols_[at], symbols_[right]);
    if (merge.rank != rank) return;  // the pair has changed since it was added
    const std::uint32_t length = lengths_[at] + lengths_[right];
    symbols_[at] = merge.result;
    symbols_[right] = kGone;
    lengths_[at] = lengths_[at + length - 1] = length;
    if (next(at) < symbols_.size()) add_pair(at);
    if (at > 0) add_pair(at - lengths_[at - 1]);
  }

  const MergeTable& table_;
  std::span<TokenId> symbols_;
  // In first symbols, at the first and the last place of each symbol: the way to both neighbours.
  std::vector<std::uint32_t> lengths_;
  std::vector<std::uint32_t>& queue_of_;
  std::deque<PlaceQueue> queues_;
  std::vector<std::uint32_t> ranks_of_queues_;
  SmallestFirst<std::uint32_t> ranks_;  // of the queues that hold something
};

}  // namespace

std::size_t merge_long_word(const MergeTable& table, std::span<TokenId> symbols) {
  if (symbols.size() > std::numeric_limits<Place>::max()) {
    fail(ErrorCode::kUnsupported, "a word of more than 4 billion characters");
  }
  return LongWord(table, symbols).merge();
}

}  // namespace lucie
