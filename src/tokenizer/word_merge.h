// The merging of one short word, a merge at a time.
//
// Each merge waits for the memory and for the one before. So words are merged several at a time
// (byte_words.h), in steps that end with asking the memory for what another will need, and have
// next to no branches.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "tokenizer/merge_table.h"

namespace lucie {

class WordMerge {
 public:
  static constexpr std::size_t kMostSymbols = 48;

  // A word of at most kMostSymbols symbols; symbol(i) is one of them, pair(i) the candidate of it
  // and the next.
  template <typename Symbol, typename Pair>
  void start(const MergeTable& table, std::size_t size, const Symbol& symbol, const Pair& pair) {
    size_ = size;
    none_ = key(table.no_candidate(), 0);
    // Whole arrays: how far a word reaches could not be foreseen.
    keys_.fill(none_);
    next_ = kNext;
    previous_ = kPrevious;
    for (std::size_t i = 0; i < size_; ++i) symbols_[i + 1] = symbol(i);
    for (std::size_t at = 1; at < size_; ++at) keys_[at] = key(pair(at - 1), at);
    symbols_[0] = symbols_[size_ + 1] = kNothing;
  }
  // Looks up the pairs that join() has made.
  void update(const MergeTable& table) {
    keys_[at_] = key(table.candidate(symbols_[at_], symbols_[next_[at_]]), at_);
    keys_[before_] = key(table.candidate(symbols_[before_], symbols_[at_]), before_);
  }
  // Finds the next merge; false when there is none.
  bool choose(const MergeTable& table) {
    const std::int32_t best = lowest_key();
    if (best >= none_) return false;
    at_ = static_cast<std::size_t>(best) & kPlaceMask;
    rank_ = best >> kPlaceBits;
    table.prefetch(rank_);
    return true;
  }
  // Does it.
  void join(const MergeTable& table) {
    const std::size_t right = next_[at_];
    const Merge* merge = table.check(rank_, symbols_[at_], symbols_[right]);
    if (merge == nullptr) [[unlikely]]
      return correct(table);
    const std::size_t after = next_[right];
    before_ = previous_[at_];
    symbols_[at_] = merge->result;
    next_[at_] = static_cast<std::uint8_t>(after);
    previous_[after] = static_cast<std::uint8_t>(at_);
    keys_[right] = none_;
    table.prefetch(symbols_[at_], symbols_[after]);
    table.prefetch(symbols_[before_], symbols_[at_]);
  }
  // Writes the symbols that are left; returns how many.
  std::size_t finish(std::span<TokenId> out) const;

 private:
  static constexpr TokenId kNothing = -1;
  static constexpr int kPlaceBits = 6;
  static constexpr std::size_t kPlaceMask = (1 << kPlaceBits) - 1;
  static constexpr std::size_t kLanes = 8;

  using Places = std::array<std::uint8_t, kMostSymbols + 2>;
  static constexpr auto places_from = [](int first) {
    Places places{};
    for (std::uint8_t& place : places) place = static_cast<std::uint8_t>(first++);
    return places;
  };
  static constexpr Places kNext = places_from(1), kPrevious = places_from(-1);

  static std::int32_t key(MergeTable::Candidate rank, std::size_t place) {
    return rank << kPlaceBits | static_cast<std::int32_t>(place);
  }
  std::int32_t lowest_key() const {
    const auto of_lanes = [&](std::size_t at) {
      const std::int32_t* const k = &keys_[at];
      return std::min(std::min(std::min(k[0], k[1]), std::min(k[2], k[3])),
                      std::min(std::min(k[4], k[5]), std::min(k[6], k[7])));
    };
    // Two groups at least, since whether one is enough could not be foreseen.
    std::int32_t low = std::min(of_lanes(1), of_lanes(1 + kLanes));
    for (std::size_t at = 1 + 2 * kLanes; at <= size_; at += kLanes) {
      low = std::min(low, of_lanes(at));
    }
    return low;
  }
  void correct(const MergeTable& table);

  // Symbols stand at 1 to size_; at 0 and behind the last there is one that merges with nothing.
  std::size_t size_ = 0;
  std::int32_t none_ = 0;
  MergeTable::Candidate rank_ = 0;  // of the merge to be done,
  std::size_t at_ = 0;              // its left symbol; after it the symbol that it made,
  std::size_t before_ = 0;          // and the one before
  // Of the symbol and the next: rank and place, so that the lowest is the merge to be done.
  std::array<std::int32_t, kMostSymbols + 1 + kLanes> keys_;
  std::array<TokenId, kMostSymbols + 2> symbols_;
  Places next_, previous_;
};

}  // namespace lucie
