// Where a word may be cut before merging without changing the result.
//
// A first symbol is a character, byte or unknown token that a word starts from, before any merge.
// Every merge joins a token that ends with some first symbol x to one that starts with some first
// symbol y; if no merge does so for (x, y), no merge ever crosses a boundary x|y: such a boundary
// is a seam, and the two sides can be merged apart. The table holds the pairs that are no seams.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tokenizer/merge_table.h"
#include "tokenizer/vocabulary.h"

namespace lucie {

class SeamTable {
 public:
  // Classes of first symbols: symbols that take part in no merge share class 0.
  using Class = std::uint32_t;
  // For more than this many symbols in merges (a table of 2 MB) the rest share one class that joins
  // with all: exact still, with fewer seams.
  static constexpr std::size_t kMostClasses = 4096;

  SeamTable() = default;
  // `first`: ids of all first symbols.
  SeamTable(const Vocabulary& vocabulary, std::span<const Merge> merges,
            std::span<const TokenId> first);

  Class class_of(TokenId id) const { return classes_[static_cast<std::size_t>(id)]; }
  bool joins(Class left, Class right) const {
    return (bits_[left * words_ + right / 64] >> (right % 64) & 1) != 0;
  }
  std::size_t class_count() const { return count_; }

  // A class of its own, for characters without a token: joins what any of `members` joins, or,
  // for an empty list, everything.
  Class add_class(std::span<const TokenId> members);

 private:
  void join(Class left, Class right) {
    bits_[left * words_ + right / 64] |= std::uint64_t{1} << (right % 64);
  }
  std::vector<Class> classes_;       // by token id
  std::vector<std::uint64_t> bits_;  // row: left, column: right
  std::size_t count_ = 1, words_ = 0;
};

}  // namespace lucie
