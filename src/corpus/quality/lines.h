// Lines and the white space at their ends as Python sees them: lstrip, rstrip and splitlines, on
// valid UTF-8 whose other control characters repair_text took out.
#pragma once

#include <string_view>

#include "tokenizer/unicode.h"

namespace lucie::quality {

inline bool is_space_at(const char* at) {
  const auto lead = static_cast<unsigned char>(*at);
  if (lead < 0x80) return lead == ' ' || (lead >= 0x09 && lead <= 0x0D);
  return unicode::is_space(unicode::code_point(at));
}

inline std::string_view strip_left(std::string_view text) {
  while (!text.empty() && is_space_at(text.data())) {
    text.remove_prefix(unicode::char_length(static_cast<unsigned char>(text.front())));
  }
  return text;
}

inline std::string_view strip_right(std::string_view text) {
  while (!text.empty()) {
    const std::size_t last = unicode::previous_char(text, text.size());
    if (!is_space_at(text.data() + last)) break;
    text = text.substr(0, last);
  }
  return text;
}

// U+2028 and U+2029, 3 bytes each, end a line beside the line feed.
inline std::size_t find_line_separator(std::string_view text, std::size_t from) {
  for (std::size_t at = text.find('\xE2', from); at != std::string_view::npos;
       at = text.find('\xE2', at + 3)) {
    if (text[at + 1] == '\x80' && (text[at + 2] == '\xA8' || text[at + 2] == '\xA9')) return at;
  }
  return std::string_view::npos;
}

// Calls work(part) for what stands between the separators of a line without line feeds.
template <typename Work>
void for_each_part(std::string_view line, const Work& work) {
  std::size_t begin = 0;
  for (std::size_t at = find_line_separator(line, 0); at != std::string_view::npos;
       at = find_line_separator(line, begin)) {
    work(line.substr(begin, at - begin));
    begin = at + 3;
  }
  work(line.substr(begin));
}

}  // namespace lucie::quality
