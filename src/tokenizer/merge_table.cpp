#include "tokenizer/merge_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <queue>

namespace lucie {
namespace {

// Up to here a scan over the whole word for each merge is faster than a heap.
constexpr std::size_t kShortWord = 48;

}  // namespace

MergeTable::MergeTable(std::span<const Merge> merges) {
  const std::size_t slots = std::bit_ceil(std::max<std::size_t>(16, merges.size() * 2 + 2));
  entries_.resize(slots);
  mask_ = slots - 1;
  shift_ = 64 - std::countr_zero(slots);
  for (const Merge& merge : merges) {
    const std::uint64_t pair = key(merge.left, merge.right);
    std::size_t slot = (pair * kMultiplier) >> shift_;
    while (entries_[slot].rank != kNone && entries_[slot].pair != pair) slot = (slot + 1) & mask_;
    entries_[slot] = {pair, merge.rank, merge.result};
  }
}

std::size_t MergeTable::merge(std::span<TokenId> symbols) const {
  return symbols.size() <= kShortWord ? merge_short(symbols) : merge_long(symbols);
}

std::size_t MergeTable::merge_short(std::span<TokenId> symbols) const {
  std::size_t count = symbols.size();
  if (count < 2) return count;
  const Entry* pairs[kShortWord];  // pairs[i]: of symbols i and i + 1
  for (std::size_t i = 0; i + 1 < count; ++i) pairs[i] = &find(symbols[i], symbols[i + 1]);
  while (count > 1) {
    std::size_t best = 0;
    for (std::size_t i = 1; i + 1 < count; ++i) {
      if (pairs[i]->rank < pairs[best]->rank) best = i;
    }
    if (pairs[best]->rank == kNone) break;
    symbols[best] = pairs[best]->result;
    --count;
    for (std::size_t i = best + 1; i < count; ++i) symbols[i] = symbols[i + 1];
    for (std::size_t i = best + 1; i + 1 < count; ++i) pairs[i] = pairs[i + 1];
    if (best > 0) pairs[best - 1] = &find(symbols[best - 1], symbols[best]);
    if (best + 1 < count) pairs[best] = &find(symbols[best], symbols[best + 1]);
  }
  return count;
}

std::size_t MergeTable::merge_long(std::span<TokenId> symbols) const {
  constexpr TokenId kGone = -1;
  struct Candidate {
    std::uint32_t rank;
    TokenId result;
    std::size_t at;
    bool operator<(const Candidate& other) const {  // the top of the heap is the largest
      return rank != other.rank ? rank > other.rank : at > other.at;
    }
  };
  const std::size_t count = symbols.size();
  std::vector<std::size_t> next(count), previous(count);
  for (std::size_t i = 0; i < count; ++i) {
    next[i] = i + 1;
    previous[i] = i - 1;  // wraps for the first, where it is not used
  }
  std::vector<Candidate> initial;
  const auto candidate = [&](std::size_t at, auto&& push) {
    const Entry& entry = find(symbols[at], symbols[next[at]]);
    if (entry.rank != kNone) push(Candidate{entry.rank, entry.result, at});
  };
  for (std::size_t i = 0; i + 1 < count; ++i) {
    candidate(i, [&](Candidate c) { initial.push_back(c); });
  }
  std::priority_queue<Candidate> heap(std::less<Candidate>(), std::move(initial));
  while (!heap.empty()) {
    const Candidate top = heap.top();
    heap.pop();
    const std::size_t at = top.at;
    if (symbols[at] == kGone || next[at] == count) continue;
    // A candidate is stale when its pair has changed since.
    const Entry& now = find(symbols[at], symbols[next[at]]);
    if (now.rank != top.rank || now.result != top.result) continue;
    symbols[at] = top.result;
    symbols[next[at]] = kGone;
    next[at] = next[next[at]];
    if (next[at] < count) {
      previous[next[at]] = at;
      candidate(at, [&](Candidate c) { heap.push(c); });
    }
    if (at > 0) candidate(previous[at], [&](Candidate c) { heap.push(c); });
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; i = next[i]) symbols[kept++] = symbols[i];
  return kept;
}

}  // namespace lucie
