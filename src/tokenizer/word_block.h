// 64 bytes of text, of which is known by bit operations on all bytes at once where words start: no
// branch for a word, none of which could be foreseen.
#pragma once

#include <cstdint>
#include <string_view>

namespace lucie {

class WordBlock {
 public:
  static constexpr std::size_t kSize = 64;  // bytes that are cut

  // The first kSize bytes of `text`; if it is shorter, as many may be read nevertheless. A word
  // starts at the first; valid UTF-8 from there on.
  explicit WordBlock(std::string_view text);

  // Bit i: a word of the GPT-2 or of the cl100k expression (word_scanner.h) starts at byte i. The
  // first bit is always set. Behind the highest there may be more words that only a block that
  // starts there shows.
  std::uint64_t gpt2_starts() const;
  std::uint64_t cl100k_starts() const;

 private:
  void add_characters(std::uint64_t high);
  std::uint64_t first_bytes(std::uint64_t last_bytes) const;
  std::uint64_t letters_behind_a_sign(std::uint64_t runs) const;
  std::uint64_t with_contractions(std::uint64_t starts, bool any_case) const;
  std::uint64_t complete(std::uint64_t starts, std::uint64_t runs) const;
  std::uint64_t other() const { return ~(letter_ | number_ | space_); }
  // First bytes of runs of one kind.
  std::uint64_t runs() const {
    const auto inside = [](std::uint64_t kind) { return kind & kind << 1; };
    return ~(inside(letter_) | inside(number_) | inside(space_) | inside(other()));
  }

  std::string_view text_;
  // Bit i: byte i is part of such a character. space_ holds newline_ (CR, LF) and blank_ (U+0020).
  std::uint64_t letter_ = 0, number_ = 0, space_ = 0, newline_ = 0, blank_ = 0, apostrophe_ = 0;
  std::uint64_t inner_ = 0;                  // not the first byte of its character
  std::uint64_t known_ = ~std::uint64_t{0};  // the bytes in front of any that was not made out
};

}  // namespace lucie
