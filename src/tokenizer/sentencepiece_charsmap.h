// SentencePiece's compiled table of character replacements ("precompiled_charsmap": NFKC and its
// relatives): u32 size of a trie in bytes; the trie, a double array of u32 as Darts-clone writes it
// (github.com/s-yata/darts-clone); replacement texts, each ended by a zero byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/normalizer.h"

namespace lucie {

class PieceCharsmap final : public Normalizer {
 public:
  // Error{kCorrupt} at `place` when the sizes contradict each other.
  // `kept`: texts that stay as they are (user-defined pieces).
  PieceCharsmap(std::string_view blob, std::vector<std::string> kept, const std::string& place);

  // From left to right, at each place the longest text to keep is kept, else the longest key
  // replaced. Error{kCorrupt} for a trie that leads outside of the table.
  void apply(std::string& text) const override;

 private:
  std::uint32_t unit(std::size_t index) const;
  // Length of the longest key at the start of `text`, 0 for none, and what stands for it.
  std::size_t longest_key(std::string_view text, std::string_view* replacement) const;

  std::size_t longest_kept(std::string_view text) const;

  std::vector<std::uint32_t> units_;
  std::vector<std::string> kept_;  // the longest first
  std::string replacements_;
  std::string place_;
};

}  // namespace lucie
