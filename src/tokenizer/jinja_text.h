// Python's string methods on texts that remember where their bytes came from. Internal.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tokenizer/jinja_value.h"

namespace lucie::jinja {

enum class Sides { kBoth, kLeft, kRight };

// Byte offsets of the characters of a text, and its size at the end.
std::vector<std::size_t> character_offsets(const std::string& text);

// Without `characters` (nullptr): white space.
Text strip(const Text& text, const std::string* characters, Sides sides);
Text upper(const Text& text);
Text lower(const Text& text);
Text capitalize(const Text& text);
Text title(const Text& text);
// At most `limit` replacements or splits; negative: no limit. Separator: nullptr for white space.
Text replace(const Text& text, const std::string& old, const Text& replacement, std::int64_t limit);
List split(const Text& text, const std::string* separator, std::int64_t limit);
List split_from_right(const Text& text, const std::string& separator, std::int64_t limit);
List split_lines(const Text& text);
Text indent(const Text& text, std::int64_t width, bool first, bool blank);

}  // namespace lucie::jinja
