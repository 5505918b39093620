#include "tokenizer/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"

namespace lucie::unicode {
namespace {

struct CodePointRange {
  char32_t first, last;
};

#include "tokenizer/unicode_table.inc"

bool in_ranges(std::span<const CodePointRange> ranges, char32_t c) {
  const auto* after =
      std::upper_bound(ranges.data(), ranges.data() + ranges.size(), c,
                       [](char32_t x, const auto& range) { return x < range.first; });
  return after != ranges.data() && c <= after[-1].last;
}

// One bit a code point of the basic plane, the ranges beyond it.
class CharClass {
 public:
  explicit CharClass(std::span<const CodePointRange> ranges) : ranges_(ranges), bits_(kPlane / 64) {
    for (const CodePointRange& range : ranges) {
      for (char32_t c = range.first; c <= range.last && c < kPlane; ++c) {
        bits_[c / 64] |= std::uint64_t{1} << (c % 64);
      }
    }
  }
  bool contains(char32_t c) const {
    return c < kPlane ? (bits_[c / 64] >> (c % 64) & 1) != 0 : in_ranges(ranges_, c);
  }

 private:
  static constexpr char32_t kPlane = 0x10000;
  std::span<const CodePointRange> ranges_;
  std::vector<std::uint64_t> bits_;
};

std::string map_form(std::string_view text, NormalForm form) {
  int options = UTF8PROC_STABLE;
  const bool composed = form == NormalForm::kNfc || form == NormalForm::kNfkc;
  options |= composed ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE;
  if (form == NormalForm::kNfkc || form == NormalForm::kNfkd) options |= UTF8PROC_COMPAT;
  utf8proc_uint8_t* mapped = nullptr;
  const utf8proc_ssize_t length = utf8proc_map(
      reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
      static_cast<utf8proc_ssize_t>(text.size()), &mapped, static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
  if (length < 0) {
    fail(ErrorCode::kInvalidArgument, utf8proc_errmsg(length), "Unicode normalization");
  }
  return std::string(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(length));
}

// Whether c is its own NFC and never composes with, or moves across, what stands before it.
bool is_nfc_inert(char32_t c) {
  static const CharClass active(kNfcActiveRanges);
  return !active.contains(c);
}

// Where the stretch to be normalized begins when `at` is its first active character: with the
// character before, unless that is a mark too young for the tables.
std::size_t stretch_begin(std::string_view text, std::size_t at, std::size_t floor) {
  if (at <= floor) return at;
  const std::size_t before = previous_char(text, at);
  const auto c = static_cast<utf8proc_int32_t>(code_point(text.data() + before));
  return utf8proc_get_property(c)->combining_class == 0 ? before : at;
}

// First byte whose character may need work: combining marks start at U+0300 (lead byte 0xCC).
std::size_t skip_low(std::string_view text, std::size_t at) {
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0xCC) ++at;
  return at;
}

// Only the stretches around characters that are not inert are rewritten: each from the inert
// character before it (which it may compose with) to the next inert one.
void compose(std::string& text) {
  std::string out;
  std::size_t copied = 0, at = 0;
  while ((at = skip_low(text, at)) < text.size()) {
    if (is_nfc_inert(code_point(text.data() + at))) {
      at += char_length(static_cast<unsigned char>(text[at]));
      continue;
    }
    const std::size_t begin = stretch_begin(text, at, copied);
    while (at < text.size() && !is_nfc_inert(code_point(text.data() + at))) {
      at += char_length(static_cast<unsigned char>(text[at]));
    }
    out.append(text, copied, begin - copied);
    out += map_form(std::string_view(text).substr(begin, at - begin), NormalForm::kNfc);
    copied = at;
  }
  if (copied == 0) return;
  out.append(text, copied);
  text = std::move(out);
}

}  // namespace

bool is_word(char32_t c) {
  static const CharClass table(kWordRanges);
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

void normalize(std::string& text, NormalForm form) {
  if (form == NormalForm::kNfc) return compose(text);
  const bool ascii = std::all_of(text.begin(), text.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (!ascii) text = map_form(text, form);
}

namespace {

// Length of the character at the start of `text`, or 0 with the length of its well-formed start in
// `*partial` (at least 1 for an invalid byte; all of a truncated character).
std::size_t scan_char(std::string_view text, std::size_t* partial) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  *partial = 1;
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const std::size_t length = char_length(static_cast<unsigned char>(lead));
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= text.size()) return 0;
    unsigned low = 0x80, high = 0xBF;
    if (i == 1) {  // no overlong forms, surrogates, or code points above U+10FFFF
      if (lead == 0xE0) low = 0xA0;
      if (lead == 0xED) high = 0x9F;
      if (lead == 0xF0) low = 0x90;
      if (lead == 0xF4) high = 0x8F;
    }
    if (byte(i) < low || byte(i) > high) return 0;
    *partial = i + 1;
  }
  return length;
}

}  // namespace

std::size_t valid_prefix(std::string_view text) {
  std::size_t at = 0, partial = 0;
  while (at < text.size()) {
    if (text.size() - at >= 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, text.data() + at, 8);
      if ((word & 0x8080808080808080ULL) == 0) {
        at += 8;
        continue;
      }
    }
    const std::size_t length = scan_char(text.substr(at), &partial);
    if (length == 0) return at;
    at += length;
  }
  return at;
}

std::size_t invalid_length(std::string_view text) {
  std::size_t partial = 0;
  scan_char(text, &partial);
  return partial;
}

std::size_t incomplete_tail(std::string_view text) {
  const std::size_t longest = std::min<std::size_t>(3, text.size());
  for (std::size_t n = 1; n <= longest; ++n) {
    const std::string_view tail = text.substr(text.size() - n);
    std::size_t partial = 0;
    if (static_cast<unsigned char>(tail[0]) >= 0xC2 && scan_char(tail, &partial) == 0 &&
        partial == n && char_length(static_cast<unsigned char>(tail[0])) > n &&
        static_cast<unsigned char>(tail[0]) <= 0xF4) {
      return n;
    }
  }
  return 0;
}

}  // namespace lucie::unicode
