// Pieces of grammar that JSON schemas are made of. Within the schema compiler only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"

namespace lucie::schema {

// `text` as a literal of GBNF, and in parentheses.
std::string literal(std::string_view text);
std::string group(const std::string& expression);

// Decimal integers from `least` to `most`.
std::string integers(std::int64_t least, std::int64_t most);
// What stands between the quotes of a JSON string that matches a regular expression from ^ to $:
// characters, classes, groups, alternatives and repetitions. Error{kUnsupported} at `place` else.
std::string strings_of_pattern(const std::string& pattern, const std::string& place);

// {least,most} behind an expression; most < 0: without end.
std::string times(std::int64_t least, std::int64_t most);

}  // namespace lucie::schema
