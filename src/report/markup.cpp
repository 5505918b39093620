#include "report/markup.h"

#include "base/text.h"

namespace lucie {

namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

// What XML 1.0 allows in a document, without carriage returns and C1 controls.
bool is_allowed(char32_t c) {
  if (c == U'\t' || c == U'\n') return true;
  if (c < 0x20 || (c >= 0x7F && c < 0xA0)) return false;
  return c != 0xFFFE && c != 0xFFFF;
}

}  // namespace

std::string markup(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, &at);
    append_utf8(clean, is_allowed(c) ? c : kReplacement);
  }
  return html_escape(clean);
}

std::size_t text_length(std::string_view text) {
  std::size_t length = 0;
  for (std::size_t at = 0; at < text.size(); ++length) next_code_point(text, &at);
  return length;
}

std::string shorten(std::string_view text, std::size_t length) {
  if (text_length(text) <= length) return std::string(text);
  if (length == 0) return {};
  std::size_t at = 0;
  for (std::size_t i = 0; i + 1 < length; ++i) next_code_point(text, &at);
  return std::string(trim(text.substr(0, at))) + std::string(kEllipsis);
}

std::string single_line(std::string_view text) {
  std::string line;
  for (const char c : trim(text)) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
    if (!space) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  return line;
}

}  // namespace lucie
