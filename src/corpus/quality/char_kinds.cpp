#include "corpus/quality/char_kinds.h"

#include <string_view>
#include <vector>

#include "tokenizer/char_class.h"
#include "tokenizer/unicode.h"

namespace lucie::quality {

namespace {

#include "corpus/quality/punctuation_table.inc"

constexpr std::u32string_view kCountedCharacters = U"#.!?{}\u2026";

CharKinds find_kinds(char32_t c) {
  static const unicode::CharClass symbols(kPunctuationRanges), terminals(kTerminalRanges);
  const bool ascii_letter = (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
  int kinds = 0;
  if (unicode::is_space(c)) kinds |= kSpace;
  if (unicode::is_word(c) || unicode::is_number(c)) kinds |= kWordPart;
  if (unicode::is_letter(c)) kinds |= kLetter;
  if (ascii_letter) kinds |= kAsciiLetter;
  if (!symbols.contains(c)) kinds |= kNoSymbol;
  if (terminals.contains(c)) kinds |= kTerminal;
  if (kCountedCharacters.find(c) != std::u32string_view::npos) kinds |= kCounted;
  return static_cast<CharKinds>(kinds);
}

}  // namespace

CharKindTable::CharKindTable() {
  static const std::vector<CharKinds> plane = [] {
    std::vector<CharKinds> made(kPlane);
    for (char32_t c = 0; c < kPlane; ++c) made[c] = find_kinds(c);
    return made;
  }();
  plane_ = plane.data();
}

CharKinds CharKindTable::beyond_plane(char32_t c) {
  return find_kinds(c);
}

}  // namespace lucie::quality
