#include "tokenizer/unicode.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/text.h"
#include "tokenizer/char_class.h"

namespace lucie::unicode {
namespace {

#include "tokenizer/unicode_table.inc"

}  // namespace

bool is_word(char32_t c) {
  static const CharClass table(kWordRanges);
  return table.contains(c);
}
bool is_rust_word(char32_t c) {
  static const CharClass table(kRustWordRanges);
  return table.contains(c);
}
bool is_letter(char32_t c) {
  static const CharClass table(kLetterRanges);
  return table.contains(c);
}
bool is_number(char32_t c) {
  static const CharClass table(kNumberRanges);
  return table.contains(c);
}
bool is_numeric(char32_t c) {
  static const CharClass table(kNumericRanges);
  return table.contains(c);
}
bool is_punctuation(char32_t c) {
  static const CharClass table(kPunctuationRanges);
  return table.contains(c);
}

bool is_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= 0x09 && c <= 0x0D);
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

std::size_t valid_prefix(std::string_view text) {
  std::size_t at = 0, partial = 0;
  while (at < text.size()) {
    if (text.size() - at >= 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, text.data() + at, 8);
      word &= 0x8080808080808080ULL;
      if (word == 0) {
        at += 8;
        continue;
      }
      at += static_cast<std::size_t>(std::countr_zero(word)) / 8;
    }
    const std::size_t length = utf8_length(text.substr(at), &partial);
    if (length == 0) return at;
    at += length;
  }
  return at;
}

std::size_t invalid_length(std::string_view text) {
  std::size_t partial = 0;
  utf8_length(text, &partial);
  return partial;
}

std::string repaired(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t valid = valid_prefix(text);
    out += text.substr(0, valid);
    text.remove_prefix(valid);
    if (text.empty()) break;
    out += kReplacementCharacter;
    text.remove_prefix(invalid_length(text));
  }
  return out;
}

std::size_t incomplete_tail(std::string_view text) {
  const std::size_t longest = std::min<std::size_t>(3, text.size());
  for (std::size_t n = 1; n <= longest; ++n) {
    const std::string_view tail = text.substr(text.size() - n);
    std::size_t partial = 0;
    if (static_cast<unsigned char>(tail[0]) >= 0xC2 && utf8_length(tail, &partial) == 0 &&
        partial == n && char_length(static_cast<unsigned char>(tail[0])) > n &&
        static_cast<unsigned char>(tail[0]) <= 0xF4) {
      return n;
    }
  }
  return 0;
}

}  // namespace lucie::unicode
