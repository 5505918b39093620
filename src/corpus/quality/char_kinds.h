// What the quality rules ask of one character, as a set of flags. Ours where the references agree;
// the lists of symbols and of ends of sentences are those of datatrove.
#pragma once

#include <cstdint>

namespace lucie::quality {

using CharKinds = std::uint8_t;
inline constexpr CharKinds kSpace = 1;  // White_Space
inline constexpr CharKinds kWordPart =
    2;                                   // letters, marks, numbers, "_": \w of regular expressions
inline constexpr CharKinds kLetter = 4;  // \p{L}
inline constexpr CharKinds kAsciiLetter = 8;  // a-z, A-Z
inline constexpr CharKinds kNoSymbol = 16;    // not among datatrove's symbols (PUNCTUATION_SET)
inline constexpr CharKinds kTerminal = 32;    // ends a sentence, in any script
inline constexpr CharKinds kCounted = 64;     // # . ... ! ? { }: TextScan counts these

// The flags of every character: taken once, asked for each character of a text.
class CharKindTable {
 public:
  CharKindTable();
  CharKinds operator()(char32_t c) const { return c < kPlane ? plane_[c] : beyond_plane(c); }

 private:
  static constexpr char32_t kPlane = 0x10000;
  static CharKinds beyond_plane(char32_t c);
  const CharKinds* plane_;  // computed once for all
};

}  // namespace lucie::quality
