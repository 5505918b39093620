// Pair of symbols -> the merge that joins them, and the merging of one word with it.
//
// Most pairs that are asked for do not merge, and the order of merges is all that is needed until
// one is done. So the hash table holds 32 bits a merge, its rank and some bits of the pair to tell
// it from others: what merging a text touches stays in the near caches. Whether the pair is really
// that merge's is checked where it is about to be done.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "tokenizer/huge_pages.h"
#include "tokenizer/token_id.h"

namespace lucie {

struct Merge {
  TokenId left = 0, right = 0, result = 0;
  std::uint32_t rank = 0;  // lower goes first; equal ranks go from left to right
};

class MergeTable {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  static constexpr std::size_t kMostMerges = (std::size_t{1} << 24) - 2;

  MergeTable() : MergeTable(std::span<const Merge>()) {}
  // Of two merges of one pair the later holds. Ranks are renumbered: the rank of a merge is the
  // number of merges with lower ones. More than kMostMerges: Error{kUnsupported}.
  explicit MergeTable(std::span<const Merge> merges);

  // rank kNone when the pair does not merge.
  const Merge& find(TokenId left, TokenId right) const;

  // The rank of the pair, seldom a lower one; no_candidate() or, seldom, a rank if it does not
  // merge.
  using Candidate = std::int32_t;
  Candidate candidate(TokenId left, TokenId right) const {
    const std::uint64_t h = hash(left, right);
    const std::int32_t tag = tag_of(h);
    Candidate best = rank_mask_;
    for (std::size_t bucket = h >> shift_;; bucket = (bucket + 1) & mask_) {
      const std::int32_t* const slots = &slots_[bucket * kBucket];
      for (std::size_t i = 0; i < kBucket; ++i) best = std::min(best, slots[i] ^ tag);
      if (slots[kBucket - 1] == kEmpty) [[likely]]
        return best;
    }
  }
  Candidate no_candidate() const { return rank_mask_; }
  // The merge of the pair if it has the rank that candidate() gave; else nullptr.
  const Merge* check(Candidate candidate, TokenId left, TokenId right) const {
    const Merge* merge = &merges_[static_cast<std::size_t>(candidate)];
    for (; merge->left != left || merge->right != right; ++merge) {
      if (merge[1].rank != static_cast<std::uint32_t>(candidate)) return nullptr;
    }
    return merge;
  }
  // Ahead of candidate() and check().
  void prefetch(TokenId left, TokenId right) const {
    __builtin_prefetch(&slots_[(hash(left, right) >> shift_) * kBucket]);
  }
  void prefetch(Candidate candidate) const {
    __builtin_prefetch(&merges_[static_cast<std::size_t>(candidate)]);
  }

  std::size_t rank_count() const { return merges_.size() - 1; }  // all ranks are below

  // Merges until no pair is left: always the lowest rank, of these the leftmost. The result is in
  // the front of `symbols`; returns how many. Short words by repeated scan, long ones in
  // O(n log n).
  std::size_t merge(std::span<TokenId> symbols) const;

 private:
  static constexpr std::size_t kBucket = 4;  // slots that are looked at together
  static constexpr std::int32_t kEmpty = 0x7FFFFFFF;
  static constexpr TokenId kReplaced = -2;  // left of a merge that no longer holds

  static std::uint64_t hash(TokenId left, TokenId right) {
    return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 |
            static_cast<std::uint32_t>(right)) *
           0x9E3779B97F4A7C15ULL;  // 2^64 / golden ratio
  }
  std::int32_t tag_of(std::uint64_t h) const {
    return static_cast<std::int32_t>(h >> 12 & 0x7FFFFFFF) & ~rank_mask_;
  }
  void add(std::uint32_t index);

  // tag | rank, or kEmpty; a bucket is filled in order
  std::vector<std::int32_t, HugePages<std::int32_t>> slots_;
  std::vector<Merge, HugePages<Merge>> merges_;  // by rank, behind them one of rank kNone
  std::int32_t rank_mask_ = 0;
  std::size_t mask_ = 0;
  int shift_ = 0;
};

}  // namespace lucie
