// For tests only: whether HTML or SVG that we wrote is well-formed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace lucie {

// The first problem, or empty: tags that do not balance, stray "<" or "&", text that is not UTF-8,
// something fetched from outside.
inline std::string markup_problem(std::string_view page) {
  if (!is_valid_utf8(page)) return "not UTF-8";
  for (const std::string_view outside : {"src=", "href=\"http", "url(", "@import", "<script"}) {
    if (page.find(outside) != std::string_view::npos) return "contains " + std::string(outside);
  }
  std::vector<std::string> open;
  for (std::size_t at = 0; at < page.size(); ++at) {
    if (page[at] == '&' && page.substr(at, 8).find(';') == std::string_view::npos) {
      return "stray & at " + std::to_string(at);
    }
    if (page[at] != '<') continue;
    const std::size_t end = page.find('>', at);
    if (end == std::string_view::npos) return "tag without end at " + std::to_string(at);
    const std::string_view tag = page.substr(at + 1, end - at - 1);
    at = end;
    if (tag.starts_with("!DOCTYPE") || tag.ends_with('/')) continue;
    const std::size_t name_begin = tag.starts_with('/') ? 1 : 0;
    const std::size_t name_end = tag.find_first_of(" \n");
    const std::string name(tag.substr(name_begin, name_end == std::string_view::npos
                                                      ? std::string_view::npos
                                                      : name_end - name_begin));
    if (name_begin == 0) {
      open.push_back(name);
    } else if (open.empty() || open.back() != name) {
      return "</" + name + "> closes " + (open.empty() ? "nothing" : "<" + open.back() + ">");
    } else {
      open.pop_back();
    }
  }
  return open.empty() ? "" : "<" + open.back() + "> is not closed";
}

}  // namespace lucie
