#include "tokenizer/merge_table.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "tokenizer/long_word.h"

namespace lucie {
namespace {

// Up to here a scan over the whole word for each merge is faster than queues of pairs.
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
    rank_count_ = std::max(rank_count_, std::size_t{merge.rank} + 1);
  }
}

std::size_t MergeTable::merge(std::span<TokenId> symbols) const {
  return symbols.size() <= kShortWord ? merge_short(symbols) : merge_long_word(*this, symbols);
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

}  // namespace lucie
