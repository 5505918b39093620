#include "tokenizer/merge_table.h"

#include <bit>
#include <utility>

#include "base/error.h"
#include "tokenizer/long_word.h"
#include "tokenizer/word_merge.h"

namespace lucie {

MergeTable::MergeTable(std::span<const Merge> merges) : merges_(merges.begin(), merges.end()) {
  if (merges.size() > kMostMerges) fail(ErrorCode::kUnsupported, "more than 16 million merges");
  const auto lower = [](const Merge& a, const Merge& b) { return a.rank < b.rank; };
  if (!std::is_sorted(merges_.begin(), merges_.end(), lower)) {
    std::stable_sort(merges_.begin(), merges_.end(), lower);
  }
  std::uint32_t given = kNone, rank = 0;
  for (std::uint32_t i = 0; i < merges.size(); ++i) {
    if (i == 0 || merges_[i].rank != given) rank = i;
    given = std::exchange(merges_[i].rank, rank);
  }
  merges_.push_back({-1, -1, -1, kNone});

  const std::size_t buckets = std::bit_ceil(std::max<std::size_t>(16, merges.size() * 2)) / kBucket;
  slots_.assign(buckets * kBucket, kEmpty);
  mask_ = buckets - 1;
  shift_ = 64 - std::countr_zero(buckets);
  rank_mask_ = static_cast<std::int32_t>(std::bit_ceil(merges.size() + 2) - 1);
  for (std::uint32_t i = 0; i < merges.size(); ++i) add(i);
}

// A pair that was there already keeps its slot, which from now on only seems to be right.
void MergeTable::add(std::uint32_t index) {
  const Merge& merge = merges_[index];
  if (const Merge& earlier = find(merge.left, merge.right); earlier.rank != kNone) {
    merges_[static_cast<std::size_t>(&earlier - merges_.data())].left = kReplaced;
  }
  const std::uint64_t h = hash(merge.left, merge.right);
  std::size_t slot = (h >> shift_) * kBucket;
  while (slots_[slot] != kEmpty) slot = (slot + 1) & (slots_.size() - 1);
  slots_[slot] = tag_of(h) | static_cast<std::int32_t>(merge.rank);
}

const Merge& MergeTable::find(TokenId left, TokenId right) const {
  const std::uint64_t h = hash(left, right);
  std::size_t slot = (h >> shift_) * kBucket;
  for (; slots_[slot] != kEmpty; slot = (slot + 1) & (slots_.size() - 1)) {
    const std::int32_t rank = slots_[slot] ^ tag_of(h);
    if (rank > rank_mask_) continue;
    if (const Merge* merge = check(rank, left, right)) return *merge;
  }
  return merges_.back();
}

std::size_t MergeTable::merge(std::span<TokenId> symbols) const {
  if (symbols.size() > WordMerge::kMostSymbols) return merge_long_word(*this, symbols);
  WordMerge word;
  word.start(
      *this, symbols.size(), [&](std::size_t i) { return symbols[i]; },
      [&](std::size_t i) { return candidate(symbols[i], symbols[i + 1]); });
  while (word.choose(*this)) {
    word.join(*this);
    word.update(*this);
  }
  return word.finish(symbols);
}

}  // namespace lucie
