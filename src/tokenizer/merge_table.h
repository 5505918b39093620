// Pair of symbols -> the merge that joins them, in a flat open-addressing table; and the merging of
// one word with it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tokenizer/vocabulary.h"

namespace lucie {

struct Merge {
  TokenId left = 0, right = 0, result = 0;
  std::uint32_t rank = 0;  // lower goes first; equal ranks go from left to right;
                           // about as many as there are merges
};

class MergeTable {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  struct Entry {
    std::uint64_t pair = ~std::uint64_t{0};
    std::uint32_t rank = kNone;
    TokenId result = 0;
  };

  MergeTable() : MergeTable(std::span<const Merge>()) {}
  // Of two merges of one pair the later holds.
  explicit MergeTable(std::span<const Merge> merges);

  // rank kNone when the pair does not merge.
  const Entry& find(TokenId left, TokenId right) const {
    const std::uint64_t pair = key(left, right);
    std::size_t slot = (pair * kMultiplier) >> shift_;
    while (entries_[slot].pair != pair && entries_[slot].rank != kNone) slot = (slot + 1) & mask_;
    return entries_[slot];
  }

  std::size_t rank_count() const { return rank_count_; }  // all ranks are below

  // Merges until no pair is left: always the lowest rank, of these the leftmost. The result is in
  // the front of `symbols`; returns how many. Short words by repeated scan, long ones in
  // O(n log n).
  std::size_t merge(std::span<TokenId> symbols) const;

 private:
  static constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15ULL;  // 2^64 / golden ratio
  static std::uint64_t key(TokenId left, TokenId right) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 |
           static_cast<std::uint32_t>(right);
  }
  std::size_t merge_short(std::span<TokenId> symbols) const;

  std::vector<Entry> entries_;
  std::size_t rank_count_ = 0;
  std::size_t mask_ = 0;
  int shift_ = 0;
};

}  // namespace lucie
