// SentencePiece's compiled table of character replacements ("precompiled_charsmap": NFKC and its
// relatives): u32 size of a trie in bytes; the trie, a double array of u32 as Darts-clone writes it
// (github.com/s-yata/darts-clone); replacement texts, each ended by a zero byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tokenizer/normalizer.h"

namespace lucie {

class Charsmap {
 public:
  // Error{kCorrupt} at `place` when the sizes contradict each other.
  Charsmap(std::string_view blob, const std::string& place);

  // Length of the longest (or shortest) key at the start of `text`, 0 for none, and what stands for
  // it. Error{kCorrupt} for a trie that leads outside of the table.
  std::size_t find(std::string_view text, bool longest, std::string_view* replacement) const;

 private:
  std::uint32_t unit(std::size_t index) const;

  std::vector<std::uint32_t> units_;
  std::string replacements_;
  std::string place_;
};

// As SentencePiece uses it: from left to right, at each place the longest text to keep is kept,
// else the longest key replaced.
class PieceCharsmap final : public Normalizer {
 public:
  // `kept`: texts that stay as they are (user-defined pieces).
  PieceCharsmap(Charsmap map, std::vector<std::string> kept);
  void apply(std::string& text) const override;

 private:
  std::size_t longest_kept(std::string_view text) const;

  Charsmap map_;
  std::vector<std::string> kept_;  // the longest first
};

// As Hugging Face uses it: a grapheme cluster (UAX 29) of less than 6 bytes is replaced whole if
// some key is at its start, the shortest; else each of its characters is looked up.
class GraphemeCharsmap final : public Normalizer {
 public:
  explicit GraphemeCharsmap(Charsmap map) : map_(std::move(map)) {}
  void apply(std::string& text) const override;

 private:
  Charsmap map_;
};

}  // namespace lucie
