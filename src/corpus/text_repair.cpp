#include "corpus/text_repair.h"

#include "base/text.h"

namespace lucie {

namespace {

bool is_unwanted(char32_t c) {
  constexpr char32_t kSoftHyphen = 0xAD, kByteOrderMark = 0xFEFF;
  if (c < 0x20) return c != U'\n' && c != U'\t';
  return (c >= 0x7F && c < 0xA0) || c == kSoftHyphen || c == kByteOrderMark;
}

void drop_trailing_blanks(std::string* text) {
  while (!text->empty() && (text->back() == ' ' || text->back() == '\t')) text->pop_back();
}

}  // namespace

RepairedText repair_text(std::string_view text) {
  RepairedText result;
  result.text.reserve(text.size());
  std::string& out = result.text;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte >= 0x20 && byte < 0x7F) {  // the common case, without decoding
      out.push_back(text[at++]);
      continue;
    }
    const std::size_t start = at;
    char32_t c = next_code_point(text, &at);
    if (c == 0xFFFD && at - start == 1) ++result.invalid;
    if (c == U'\r') {
      if (at < text.size() && text[at] == '\n') continue;
      c = U'\n';
    }
    if (is_unwanted(c)) {
      ++result.controls;
      continue;
    }
    if (c == U'\n') drop_trailing_blanks(&out);
    append_utf8(out, c);
  }
  out = std::string(trim(out));
  result.characters = count_characters(out);
  return result;
}

std::uint64_t count_characters(std::string_view utf8) {
  std::uint64_t count = 0;
  for (const char c : utf8) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

std::uint64_t count_words(std::string_view text) {
  std::uint64_t count = 0;
  bool inside = false;
  for (const char c : text) {
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    count += !space && !inside;
    inside = !space;
  }
  return count;
}

}  // namespace lucie
