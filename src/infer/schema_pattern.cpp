// Regular expressions of JSON schemas as grammars of what stands between the quotes of a string:
// quotes, backslashes and controls are spelled as JSON escapes.
#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "infer/character_ranges.h"
#include "infer/schema_text.h"

namespace lucie::schema {
namespace {

constexpr int kDeepest = 50;

std::string code(char32_t c) {
  char text[16];
  std::snprintf(text, sizeof text, "\\U%08x", static_cast<unsigned>(c));
  return text;
}

// One character of these, as JSON has it.
std::string one_of(const std::vector<CharacterRange>& ranges) {
  constexpr std::pair<char32_t, const char*> kEscaped[] = {
      {'"', "\\\""}, {'\\', "\\\\"}, {'\n', "\\n"}, {'\t', "\\t"}, {'\r', "\\r"}};
  std::string plain, escaped;
  for (const auto& [first, last] : ranges) {
    char32_t next = std::max<char32_t>(first, 0x20);
    for (const char32_t stop : {U'"', U'\\', static_cast<char32_t>(kLastCharacter + 1)}) {
      if (stop < next) continue;
      const char32_t end = std::min<char32_t>(last, stop - 1);
      if (next <= end) plain += code(next) + "-" + code(end);
      next = std::max<char32_t>(next, stop + 1);
    }
    for (const auto& [c, text] : kEscaped) {
      if (c >= first && c <= last) escaped += " | " + literal(text);
    }
  }
  return group("[" + plain + "]" + escaped);
}

class Pattern {
 public:
  Pattern(const std::string& text, const std::string& place) : text_(text), place_(place) {}

  std::string whole() {
    if (!take_if('^')) refuse("it does not begin with ^");
    std::string result = alternatives(0);
    if (!take_if('$') || at_ != text_.size()) refuse("it does not end with $");
    return result;
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    fail(ErrorCode::kUnsupported, "the pattern " + text_ + " cannot be made a grammar: " + why,
         place_);
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take_if(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::string alternatives(int depth) {
    if (depth > kDeepest) refuse("its groups stand too deep within each other");
    std::string result = sequence(depth);
    while (take_if('|')) result += " | " + sequence(depth);
    return result;
  }

  std::string sequence(int depth) {
    std::string result;
    while (at_ < text_.size() && peek() != '|' && peek() != ')' && peek() != '$') {
      if (!result.empty()) result += " ";
      result += element(depth);
      result += repetition();
    }
    return result.empty() ? "\"\"" : result;
  }

  std::string element(int depth) {
    if (take_if('(')) {
      if (take_if('?') && !take_if(':')) refuse("of groups with (? only (?: is known");
      std::string inner = alternatives(depth + 1);
      if (!take_if(')')) refuse("a ) is missing");
      return group(inner);
    }
    if (take_if('[')) return one_of(character_class());
    if (take_if('.')) return one_of(all_but({{'\n', '\n'}, {'\r', '\r'}}));
    if (take_if('\\')) return one_of(escape());
    if (std::string_view("*+?{^").find(peek()) != std::string_view::npos) {
      refuse(std::string("a ") + peek() + " stands where it means nothing");
    }
    const char32_t c = next_code_point(text_, &at_);
    return one_of({{c, c}});
  }

  std::vector<CharacterRange> character_class() {
    std::vector<CharacterRange> ranges;
    const bool negated = take_if('^');
    while (!take_if(']')) {
      if (at_ >= text_.size()) refuse("a ] is missing");
      std::vector<CharacterRange> next = class_member();
      const bool single = next.size() == 1 && next.front().first == next.front().second;
      if (single && peek() == '-' && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
        ++at_;
        const std::vector<CharacterRange> end = class_member();
        if (end.size() != 1 || end.front().second < next.front().first) {
          refuse("a range is the wrong way round");
        }
        next.front().second = end.front().second;
      }
      ranges.insert(ranges.end(), next.begin(), next.end());
    }
    return negated ? all_but(std::move(ranges)) : ranges;
  }

  std::vector<CharacterRange> class_member() {
    if (take_if('\\')) return escape();
    const char32_t c = next_code_point(text_, &at_);
    return {{c, c}};
  }

  std::vector<CharacterRange> escape() {
    const std::vector<CharacterRange> digit{{'0', '9'}}, space{{'\t', '\r'}, {' ', ' '}};
    const std::vector<CharacterRange> word{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
    if (at_ >= text_.size()) refuse("it ends within an escape");
    const char c = text_[at_++];
    switch (c) {
      case 'd':
        return digit;
      case 'D':
        return all_but(digit);
      case 'w':
        return word;
      case 'W':
        return all_but(word);
      case 's':
        return space;
      case 'S':
        return all_but(space);
      case 'n':
        return {{'\n', '\n'}};
      case 't':
        return {{'\t', '\t'}};
      case 'r':
        return {{'\r', '\r'}};
      default:
        break;
    }
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || (c & 0x80) != 0) refuse(std::string("the escape \\") + c + " is not known");
    return {{static_cast<char32_t>(c), static_cast<char32_t>(c)}};
  }

  std::string repetition() {
    std::string result;
    if (take_if('*')) {
      result = "*";
    } else if (take_if('+')) {
      result = "+";
    } else if (take_if('?')) {
      result = "?";
    } else if (take_if('{')) {
      const std::size_t end = text_.find('}', at_);
      if (end == std::string::npos) refuse("a } is missing");
      const std::string counts = text_.substr(at_, end - at_);
      if (counts.empty() || counts.size() > 9 || counts.front() == ',' ||
          counts.find_first_not_of("0123456789,") != std::string::npos ||
          std::count(counts.begin(), counts.end(), ',') > 1) {
        refuse("its repetition {" + counts.substr(0, 20) + "} is not known");
      }
      result = "{" + counts + "}";
      at_ = end + 1;
    }
    // Reluctant repetitions match the same texts.
    if (!result.empty()) take_if('?');
    return result;
  }

  const std::string& text_;
  const std::string& place_;
  std::size_t at_ = 0;
};

}  // namespace

std::string strings_of_pattern(const std::string& pattern, const std::string& place) {
  if (!is_valid_utf8(pattern)) fail(ErrorCode::kInvalidArgument, "a pattern is no UTF-8", place);
  return group(Pattern(pattern, place).whole());
}

}  // namespace lucie::schema
