// Words of the paper: a suffix is of type S when it is less than the one that starts behind it,
// else of type L. An LMS position is the first of a run of type S. Sorting the LMS suffixes is
// enough: all of type L follow from them in one pass from the left, all of type S in one from the
// right. The LMS suffixes are sorted by naming the pieces between them and sorting the text of
// names.
//
// Types are not kept. While a pass induces, they follow from two neighbouring symbols and from
// where in its bucket the suffix stands.
#include "trace/suffix_sort.h"

#include <algorithm>
#include <vector>

#include "base/error.h"

namespace lucie {
namespace {

using Index = std::int32_t;
using Text = std::span<const Index>;
using Order = std::span<Index>;

constexpr Index kEmpty = -1;
constexpr std::size_t kAhead = 24;  // a read of the text takes as long as this many steps

std::size_t at(Index i) {
  return static_cast<std::size_t>(i);
}

class Buckets {
 public:
  Buckets(Text text, Index symbols) : counts_(at(symbols)), edge_(at(symbols)) {
    for (const Index symbol : text) ++counts_[at(symbol)];
  }
  void to_begins() {
    Index sum = 0;
    for (std::size_t i = 0; i < counts_.size(); sum += counts_[i++]) edge_[i] = sum;
  }
  void to_ends() {
    Index sum = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) edge_[i] = sum += counts_[i];
  }
  Index& operator[](Index symbol) { return edge_[at(symbol)]; }

 private:
  std::vector<Index> counts_, edge_;
};

// Calls see(position) for each LMS position, from the last to the first.
template <typename See>
void for_each_lms(Text text, See see) {
  bool next_is_s = true;  // of the suffix behind; the last one is the least of all
  for (Index i = static_cast<Index>(text.size()) - 2; i >= 0; --i) {
    const bool is_s =
        text[at(i)] < text[at(i + 1)] || (text[at(i)] == text[at(i + 1)] && next_is_s);
    if (!is_s && next_is_s) see(i + 1);
    next_is_s = is_s;
  }
}

// A read of the text falls anywhere; asking for it early hides most of the wait.
void ask_early(Text text, Order order, std::size_t i) {
  if (i < order.size() && order[i] > 0) __builtin_prefetch(&text[at(order[i] - 1)]);
}

// From the sorted LMS suffixes at the ends of their buckets, all others empty, to all suffixes.
// After it buckets[c] is where those of type S begin in the bucket of c.
void induce(Text text, Order order, Buckets& buckets) {
  buckets.to_begins();
  for (std::size_t i = 0; i < order.size(); ++i) {
    ask_early(text, order, i + kAhead);
    const Index behind = order[i];
    if (behind <= 0) continue;
    const Index symbol = text[at(behind - 1)];
    if (symbol >= text[at(behind)]) order[at(buckets[symbol]++)] = behind - 1;
  }
  buckets.to_ends();
  for (std::size_t i = order.size(); i-- > 0;) {
    if (i >= kAhead) ask_early(text, order, i - kAhead);
    const Index behind = order[i];
    if (behind <= 0) continue;
    const Index symbol = text[at(behind - 1)], next = text[at(behind)];
    if (symbol < next || (symbol == next && buckets[symbol] <= static_cast<Index>(i))) {
      order[at(--buckets[symbol])] = behind - 1;
    }
  }
}

// Moves the LMS positions to the front, in the order that they stand in, and returns how many.
std::size_t gather_lms(Text text, Order order, Buckets& buckets) {
  std::size_t count = 1;  // order[0] is the end of the text
  for (std::size_t i = 1; i < order.size(); ++i) {
    const Index p = order[i];
    if (p > 0 && text[at(p - 1)] > text[at(p)] && static_cast<Index>(i) >= buckets[text[at(p)]]) {
      order[count++] = p;
    }
  }
  return count;
}

// The text of names, in the last `count` numbers of the order: pieces from one LMS position to the
// next, equal ones under one name, names in the order of the pieces. Returns how many names.
Index name_pieces(Text text, Order order, std::size_t count) {
  // LMS positions are at least two apart, so that position p has slot p / 2 to itself.
  const Order slots = order.subspan(count);
  std::fill(slots.begin(), slots.end(), kEmpty);
  Index next = static_cast<Index>(text.size()) - 1;
  for_each_lms(text, [&](Index p) {
    slots[at(p) / 2] = next - p + 1;  // the length, until the name takes its place
    next = p;
  });
  Text before;
  Index names = 0;
  for (const Index p : order.first(count)) {
    const Text piece = text.subspan(at(p), at(slots[at(p) / 2]));
    if (!std::equal(piece.begin(), piece.end(), before.begin(), before.end())) ++names;
    slots[at(p) / 2] = names - 1;
    before = piece;
  }
  std::size_t to = order.size();
  for (std::size_t i = order.size(); i-- > count;) {
    if (order[i] != kEmpty) order[--to] = order[i];
  }
  return names;
}

}  // namespace

void sort_suffixes(Text text, Order order, Index symbols) {
  LUCIE_ASSERT(!text.empty() && text.size() == order.size() && text.back() == 0);
  if (text.size() == 1) {
    order[0] = 0;
    return;
  }
  std::size_t count = 0;
  Index names = 0;
  {
    Buckets buckets(text, symbols);
    std::fill(order.begin(), order.end(), kEmpty);
    buckets.to_ends();
    order[0] = static_cast<Index>(text.size()) - 1;
    for_each_lms(text, [&](Index p) {
      if (at(p) + 1 < text.size()) order[at(--buckets[text[at(p)]])] = p;
    });
    induce(text, order, buckets);
    count = gather_lms(text, order, buckets);
    names = name_pieces(text, order, count);
  }  // the buckets make room for those of the names
  const Order reduced = order.last(count), sorted = order.first(count);
  if (at(names) < count) {
    sort_suffixes(reduced, sorted, names);
  } else {
    for (std::size_t i = 0; i < count; ++i) sorted[at(reduced[i])] = static_cast<Index>(i);
  }
  std::size_t to = order.size();
  for_each_lms(text, [&](Index p) { order[--to] = p; });
  for (Index& rank : sorted) rank = reduced[at(rank)];
  Buckets buckets(text, symbols);
  buckets.to_ends();
  std::fill(order.begin() + static_cast<std::ptrdiff_t>(count), order.end(), kEmpty);
  for (std::size_t i = count; i-- > 0;) {
    const Index p = order[i];
    order[i] = kEmpty;
    order[at(--buckets[text[at(p)]])] = p;
  }
  induce(text, order, buckets);
}

}  // namespace lucie
