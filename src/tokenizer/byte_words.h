// The merging of many short words of bytes at once.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "tokenizer/merge_table.h"

namespace lucie {

// The symbols that words of bytes start from, and the first merges of two of them: a table that is
// small enough, in the parts that texts touch, for the nearest cache.
class ByteSymbols {
 public:
  ByteSymbols() = default;
  // `ids`: of each byte, -1 for none.
  ByteSymbols(const MergeTable& merges, const std::array<TokenId, 256>& ids);

  TokenId id(char byte) const { return ids_[static_cast<unsigned char>(byte)]; }
  MergeTable::Candidate pair(char left, char right) const {
    return pairs_[static_cast<std::size_t>(static_cast<unsigned char>(left)) << 8 |
                  static_cast<unsigned char>(right)];
  }
  bool has_all(std::string_view word) const {
    if (complete_) return true;
    TokenId missing = 0;
    for (const char byte : word) missing |= id(byte);
    return missing >= 0;
  }

 private:
  std::array<TokenId, 256> ids_{};
  bool complete_ = false;  // every byte has a symbol
  std::vector<MergeTable::Candidate> pairs_;
};

struct ByteWord {
  std::string_view text;
  std::size_t begin = 0, count = 0;  // where its ids are, and how many
  bool merged = false;
};

// Writes the ids of the words that are not merged yet into `ids`, from `begin` of each, where there
// is room for one a byte. They have at most WordMerge::kMostSymbols bytes, all with a symbol.
void merge_byte_words(const MergeTable& merges, const ByteSymbols& symbols,
                      std::span<ByteWord> words, std::span<TokenId> ids);

}  // namespace lucie
