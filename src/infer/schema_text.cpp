#include "infer/schema_text.h"

#include <algorithm>
#include <cstdio>

namespace lucie::schema {

std::string literal(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<unsigned>(c));
      result += escape;
    } else {
      result += c;
    }
  }
  return result + "\"";
}

std::string group(const std::string& expression) {
  return "(" + expression + ")";
}

std::string times(std::int64_t least, std::int64_t most) {
  return "{" + std::to_string(least) + "," + (most < 0 ? "" : std::to_string(most)) + "}";
}

namespace {

std::string digits(std::size_t count) {
  return count == 0 ? "" : " [0-9]{" + std::to_string(count) + "}";
}

// Numbers of as many digits from `least` to `most`, both so long; leading zeros count.
std::string between(std::string_view least, std::string_view most) {
  if (least.empty()) return "";
  const std::size_t rest = least.size() - 1;
  if (least == std::string(rest + 1, '0') && most == std::string(rest + 1, '9')) {
    return digits(rest + 1);
  }
  if (least[0] == most[0]) {
    return " " + literal(least.substr(0, 1)) + between(least.substr(1), most.substr(1));
  }
  std::string result;
  char first = least[0], last = most[0];
  const auto add = [&](const std::string& alternative) {
    result += (result.empty() ? "" : " |") + alternative;
  };
  if (least.substr(1) != std::string(rest, '0')) {
    add(" " + literal(least.substr(0, 1)) + between(least.substr(1), std::string(rest, '9')));
    ++first;
  }
  const bool whole = most.substr(1) == std::string(rest, '9');
  if (!whole) --last;
  if (first <= last) {
    add(std::string(" [") + first + "-" + last + "]" + digits(rest));
  }
  if (!whole)
    add(" " + literal(most.substr(0, 1)) + between(std::string(rest, '0'), most.substr(1)));
  return " " + group(result);
}

std::string magnitudes(std::uint64_t least, std::uint64_t most) {
  const std::string low = std::to_string(least), high = std::to_string(most);
  std::string result;
  for (std::size_t length = low.size(); length <= high.size(); ++length) {
    const std::string first = length == low.size() ? low : "1" + std::string(length - 1, '0');
    const std::string last = length == high.size() ? high : std::string(length, '9');
    result += (result.empty() ? "" : " |") + between(first, last);
  }
  return group(result);
}

std::uint64_t magnitude(std::int64_t value) {
  return value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
}

}  // namespace

std::string integers(std::int64_t least, std::int64_t most) {
  std::string result;
  if (least < 0) {
    const std::int64_t nearest = std::min<std::int64_t>(most, -1);
    result = "\"-\" " + magnitudes(magnitude(nearest), magnitude(least));
  }
  if (most >= 0) {
    if (!result.empty()) result += " | ";
    result += magnitudes(magnitude(std::max<std::int64_t>(least, 0)), magnitude(most));
  }
  return group(result);
}

}  // namespace lucie::schema
