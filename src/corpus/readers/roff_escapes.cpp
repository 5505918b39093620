// Escapes of roff: what a raw text prints.
#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "corpus/readers/roff_input.h"

namespace lucie {

namespace {

constexpr int kMaxDepth = 20;
constexpr std::size_t kMaxPrinted = 1 << 22;

// A name after an escape's letter: "x", "(xx" or "[name]"; moves `at` behind it.
std::string_view take_name(std::string_view raw, std::size_t* at) {
  if (*at >= raw.size()) return {};
  std::string_view name;
  if (raw[*at] == '(') {
    name = raw.substr(*at + 1, 2);
    *at += 3;
  } else if (raw[*at] == '[') {
    const std::size_t end = raw.find(']', *at);
    name = raw.substr(*at + 1, end == std::string_view::npos ? end : end - *at - 1);
    *at = end == std::string_view::npos ? raw.size() : end + 1;
  } else {
    name = raw.substr(*at, 1);
    *at += 1;
  }
  *at = std::min(*at, raw.size());
  return name;
}

// \s: a size, with or without sign, of one or two digits or in brackets or quotes.
void skip_size(std::string_view raw, std::size_t* at) {
  if (*at < raw.size() && (raw[*at] == '+' || raw[*at] == '-')) ++*at;
  if (*at >= raw.size()) return;
  if (raw[*at] == '(' || raw[*at] == '[') {
    take_name(raw, at);
  } else if (raw[*at] == '\'') {
    const std::size_t end = raw.find('\'', *at + 1);
    *at = end == std::string_view::npos ? raw.size() : end + 1;
  } else if (raw[*at] >= '0' && raw[*at] <= '9') {
    const bool two = raw[*at] >= '1' && raw[*at] <= '3' && *at + 1 < raw.size() &&
                     raw[*at + 1] >= '0' && raw[*at + 1] <= '9';
    *at += two ? 2 : 1;
  }
}

}  // namespace

std::string RoffInput::printed(std::string_view raw, int depth) {
  std::string out;
  if (depth > kMaxDepth) return out;
  for (std::size_t at = 0; at < raw.size();) {
    if (raw[at] != '\\') {
      out += raw[at++];
    } else {
      ++at;
      escape(raw, &at, depth, &out);
    }
    if (out.size() > kMaxPrinted)
      fail(ErrorCode::kCorrupt, "strings of this page grow without end", place_);
  }
  return out;
}

void RoffInput::escape(std::string_view raw, std::size_t* at, int depth, std::string* out) {
  if (*at >= raw.size()) return;
  const char kind = raw[*at];
  ++*at;
  switch (kind) {
    case '-':
      *out += '-';
      return;
    case 'e':
    case '\\':
      *out += '\\';
      return;
    case '\'':
      *out += '\'';
      return;
    case '`':
      *out += '`';
      return;
    case '.':
      *out += '.';
      return;
    case '~':
    case ' ':
    case '0':
      *out += ' ';
      return;
    case 't':
      *out += '\t';
      return;
    // Nothing to see: zero-width marks, hyphenation, half-line motions, block braces.
    case '&':
    case ')':
    case '%':
    case ':':
    case '/':
    case ',':
    case '^':
    case '|':
    case '!':
    case 'c':
    case 'd':
    case 'u':
    case 'r':
    case 'p':
    case '{':
    case '}':
    case 'a':
    case '?':
      return;
    case 'f':
    case 'F':
    case 'm':
    case 'M':
    case 'g':
    case 'k':
    case 'Y':
      take_name(raw, at);
      return;
    case 'n': {
      if (*at < raw.size() && (raw[*at] == '+' || raw[*at] == '-')) ++*at;
      *out += std::to_string(register_value(take_name(raw, at)));
      return;
    }
    case 's':
      skip_size(raw, at);
      return;
    case 'z':
      return;  // prints the next character without moving; it is there all the same
    case '(':
    case '[':
      --*at;
      *out += roff_character(take_name(raw, at));
      return;
    case '*': {
      const std::string name(take_name(raw, at));
      const std::string word = name.substr(0, name.find(' '));
      if (const auto string = strings_.find(word); string != strings_.end()) {
        *out += printed(string->second, depth + 1);
      }
      return;
    }
    case 'h':
    case 'v':
    case 'w':
    case 'l':
    case 'L':
    case 'D':
    case 'o':
    case 'b':
    case 'x':
    case 'A':
    case 'B':
    case 'C':
    case 'N':
    case 'H':
    case 'S':
    case 'R':
    case 'X':
    case 'Z':
      quoted_escape(kind, raw, at, depth, out);
      return;
    default:
      --*at;  // an escape before any other character prints it (UTF-8 included)
      *out += raw[*at];
      ++*at;
  }
}

// \h'...' and the like: the delimiter is whatever comes first.
void RoffInput::quoted_escape(char kind, std::string_view raw, std::size_t* at, int depth,
                              std::string* out) {
  if (*at >= raw.size()) return;
  const std::size_t end = raw.find(raw[*at], *at + 1);
  if (end == std::string_view::npos) return;
  const std::string_view inner = raw.substr(*at + 1, end - *at - 1);
  *at = end + 1;
  if (kind == 'C') *out += roff_character(inner);
  if (kind == 'N') *out += roff_character("char" + std::string(inner));
  if (kind == 'b' || kind == 'Z') *out += printed(inner, depth + 1);
  if (kind == 'o' && !inner.empty()) *out += printed(inner.substr(0, 1), depth + 1);
}

}  // namespace lucie
