#include "tokenizer/jinja_text.h"

#include <utf8proc.h>

#include <algorithm>

#include "base/text.h"
#include "tokenizer/unicode.h"

namespace lucie::jinja {
namespace {

bool is_python_space(char32_t c) {
  return unicode::is_space(c) || (c >= 0x1C && c <= 0x1F);
}

// Each character through `map`, origins kept. `map` also learns the character before.
template <typename Map>
Text map_characters(const Text& text, const Map& map) {
  Text out;
  const std::string& bytes = text.str();
  char32_t before = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t begin = at;
    const char32_t c = next_code_point(bytes, &at);
    std::string mapped;
    append_utf8(mapped, map(c, before));
    if (mapped == "\u1E9E" && c == U'\u00DF') mapped = "SS";  // Python spells capital sharp s so
    out.append(text.substr(begin, at - begin).rewritten(std::move(mapped)));
    before = c;
  }
  return out;
}

char32_t to_upper(char32_t c) {
  return static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(c)));
}
char32_t to_lower(char32_t c) {
  return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
}

bool in_set(const std::string& characters, char32_t wanted) {
  for (std::size_t at = 0; at < characters.size();) {
    if (next_code_point(characters, &at) == wanted) return true;
  }
  return false;
}

}  // namespace

std::vector<std::size_t> character_offsets(const std::string& text) {
  std::vector<std::size_t> offsets;
  for (std::size_t at = 0; at < text.size(); next_code_point(text, &at)) offsets.push_back(at);
  offsets.push_back(text.size());
  return offsets;
}

Text strip(const Text& text, const std::string* characters, Sides sides) {
  const std::string& bytes = text.str();
  const auto stripped = [&](char32_t c) {
    return characters ? in_set(*characters, c) : is_python_space(c);
  };
  std::size_t begin = 0, end = bytes.size();
  while (sides != Sides::kRight && begin < end) {
    std::size_t at = begin;
    if (!stripped(next_code_point(bytes, &at))) break;
    begin = at;
  }
  while (sides != Sides::kLeft && end > begin) {
    std::size_t at = unicode::previous_char(bytes, end);
    const std::size_t start = at;
    if (!stripped(next_code_point(bytes, &at))) break;
    end = start;
  }
  return text.substr(begin, end - begin);
}

Text upper(const Text& text) {
  return map_characters(text, [](char32_t c, char32_t) { return to_upper(c); });
}
Text lower(const Text& text) {
  return map_characters(text, [](char32_t c, char32_t) { return to_lower(c); });
}
Text capitalize(const Text& text) {
  return map_characters(
      text, [](char32_t c, char32_t before) { return before == 0 ? to_upper(c) : to_lower(c); });
}
Text title(const Text& text) {
  return map_characters(text, [](char32_t c, char32_t before) {
    return unicode::is_letter(before) ? to_lower(c) : to_upper(c);
  });
}

Text replace(const Text& text, const std::string& old, const Text& replacement,
             std::int64_t limit) {
  const std::string& bytes = text.str();
  Text out;
  std::size_t at = 0;
  while (limit != 0) {
    std::size_t found = bytes.find(old, at);
    if (found == std::string::npos) break;
    if (!old.empty()) {
      out.append(text.substr(at, found - at));
      out.append(replacement);
      at = found + old.size();
    } else {  // before every character, and at the end
      out.append(replacement);
      if (at == bytes.size()) return out;
      found = at;
      next_code_point(bytes, &at);
      out.append(text.substr(found, at - found));
    }
    --limit;
  }
  out.append(text.substr(at, bytes.size() - at));
  return out;
}

List split(const Text& text, const std::string* separator, std::int64_t limit) {
  const std::string& bytes = text.str();
  List parts;
  std::size_t at = 0;
  if (separator != nullptr) {
    for (; limit != 0; --limit) {
      const std::size_t found = bytes.find(*separator, at);
      if (found == std::string::npos) break;
      parts.emplace_back(text.substr(at, found - at));
      at = found + separator->size();
    }
    parts.emplace_back(text.substr(at, bytes.size() - at));
    return parts;
  }
  const auto skip = [&](bool spaces) {
    while (at < bytes.size()) {
      std::size_t next = at;
      if (is_python_space(next_code_point(bytes, &next)) != spaces) break;
      at = next;
    }
  };
  for (skip(true); at < bytes.size(); skip(true)) {
    const std::size_t begin = at;
    if (limit-- == 0) {
      parts.emplace_back(strip(text.substr(begin, bytes.size() - begin), nullptr, Sides::kRight));
      break;
    }
    skip(false);
    parts.emplace_back(text.substr(begin, at - begin));
  }
  return parts;
}

List split_from_right(const Text& text, const std::string& separator, std::int64_t limit) {
  const std::string& bytes = text.str();
  List parts;
  std::size_t end = bytes.size();
  for (; limit != 0 && end >= separator.size(); --limit) {
    const std::size_t found = bytes.rfind(separator, end - separator.size());
    if (found == std::string::npos) break;
    const std::size_t begin = found + separator.size();
    parts.emplace_back(text.substr(begin, end - begin));
    end = found;
  }
  parts.emplace_back(text.substr(0, end));
  std::reverse(parts.begin(), parts.end());
  return parts;
}

List split_lines(const Text& text) {
  const std::string& bytes = text.str();
  List lines;
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::size_t end = std::min(bytes.find_first_of("\r\n", at), bytes.size());
    lines.emplace_back(text.substr(at, end - at));
    at = end + (bytes.compare(end, 2, "\r\n") == 0 ? 2 : 1);
  }
  return lines;
}

Text indent(const Text& text, std::int64_t width, bool first, bool blank) {
  const std::string margin(static_cast<std::size_t>(width), ' ');
  Text out;
  const std::string newline = "\n";
  const List lines = split(text, &newline, -1);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) out.append("\n");
    const bool wanted = i == 0 ? first : blank || lines[i].text().size() > 0;
    if (wanted) out.append(margin);
    out.append(lines[i].text());
  }
  return out;
}

}  // namespace lucie::jinja
