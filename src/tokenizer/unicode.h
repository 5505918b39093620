// Unicode as Hugging Face tokenizers sees it: character classes (tables asked from the library
// itself, see tools/make_unicode_tables.py), normal forms, and UTF-8 steps over text that is known
// to be valid. Rooms above ask it about characters too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lucie::unicode {

bool is_word(char32_t c);         // \w of regular expressions in the file (Oniguruma's)
bool is_rust_word(char32_t c);    // \w of Whitespace and of added tokens that are single words
bool is_letter(char32_t c);       // \p{L}
bool is_number(char32_t c);       // \p{N}
bool is_numeric(char32_t c);      // what Digits splits on
bool is_punctuation(char32_t c);  // what Punctuation splits on
bool is_space(char32_t c);        // \s, White_Space
bool is_mark(char32_t c);         // what StripAccents takes away
bool is_decimal_digit(char32_t c);    // Nd, by the tables of utf8proc
bool is_nonspacing_mark(char32_t c);  // Mn, likewise
// What BertNormalizer takes away as accents and as control characters, and puts spaces around.
bool is_bert_accent(char32_t c);
bool is_bert_control(char32_t c);
bool is_bert_chinese(char32_t c);

// The character, or the one or two that are its lower case.
void append_lower_case(std::string& out, char32_t c);
// A number for the script as UnicodeScripts tells scripts apart (kana counts as Han); nullopt for
// characters that go with any.
std::optional<int> script(char32_t c);

enum class NormalForm { kNfc, kNfd, kNfkc, kNfkd };
// Normalizes `text` (valid UTF-8) in place. Text already in NFC costs one scan.
void normalize(std::string& text, NormalForm form);

// Length in bytes of the grapheme cluster (UAX 29) at the start of valid UTF-8 that is not empty.
std::size_t grapheme_length(std::string_view text);

// Length in bytes of the character that starts with `lead`.
inline std::size_t char_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xE0) return 2;
  return lead < 0xF0 ? 3 : 4;
}
// The code point at `at` of valid UTF-8.
inline char32_t code_point(const char* at) {
  const auto byte = [at](int i) {
    return static_cast<char32_t>(static_cast<unsigned char>(at[i]));
  };
  const char32_t lead = byte(0);
  if (lead < 0x80) return lead;
  if (lead < 0xE0) return (lead & 0x1F) << 6 | (byte(1) & 0x3F);
  if (lead < 0xF0) return (lead & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
  return (lead & 7) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
}
// Start of the character that ends at `end` (> 0).
inline std::size_t previous_char(std::string_view text, std::size_t end) {
  do --end;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80);
  return end;
}

// Length of the longest valid UTF-8 prefix.
std::size_t valid_prefix(std::string_view text);
// Length of the ill-formed sequence at the start of `text`: a maximal subpart (Unicode 15, section
// 3.9, table 3-8), at least 1 byte. This is what other decoders replace by one U+FFFD.
std::size_t invalid_length(std::string_view text);
// Each ill-formed sequence as U+FFFD.
inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";
std::string repaired(std::string_view text);
// Bytes at the end of `text` that may yet become a character when more bytes follow.
std::size_t incomplete_tail(std::string_view text);

}  // namespace lucie::unicode
