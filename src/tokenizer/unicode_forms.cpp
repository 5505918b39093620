#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "base/error.h"
#include "tokenizer/char_class.h"
#include "tokenizer/unicode.h"

namespace lucie::unicode {
namespace {

#include "tokenizer/unicode_forms_table.inc"

std::string map_known(std::string_view text, NormalForm form) {
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

// Code points that the reference's older tables leave alone stay, and separate what is around them.
std::string map_form(std::string_view text, NormalForm form) {
  static const CharClass unknown(kUnknownRanges);
  std::string out;
  std::size_t done = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = char_length(static_cast<unsigned char>(text[at]));
    if (length > 1 && unknown.contains(code_point(text.data() + at))) {
      if (at > done) out += map_known(text.substr(done, at - done), form);
      out += text.substr(at, length);
      done = at + length;
    }
    at += length;
  }
  if (done < text.size()) out += map_known(text.substr(done), form);
  return out;
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

bool is_decimal_digit(char32_t c) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(c)) == UTF8PROC_CATEGORY_ND;
}
bool is_nonspacing_mark(char32_t c) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(c)) == UTF8PROC_CATEGORY_MN;
}

void normalize(std::string& text, NormalForm form) {
  if (form == NormalForm::kNfc) return compose(text);
  const bool ascii = std::all_of(text.begin(), text.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (!ascii) text = map_form(text, form);
}

std::size_t grapheme_length(std::string_view text) {
  std::size_t at = char_length(static_cast<unsigned char>(text[0]));
  utf8proc_int32_t state = 0;
  auto before = static_cast<utf8proc_int32_t>(code_point(text.data()));
  while (at < text.size()) {
    const auto after = static_cast<utf8proc_int32_t>(code_point(text.data() + at));
    if (utf8proc_grapheme_break_stateful(before, after, &state)) break;
    before = after;
    at += char_length(static_cast<unsigned char>(text[at]));
  }
  return at;
}

}  // namespace lucie::unicode
