// Recursive descent over GBNF, with the line and column of whatever is wrong.
#include <algorithm>

#include "base/error.h"
#include "infer/grammar_rules.h"

namespace lucie {
namespace {

constexpr int kDeepest = 100;                    // parentheses within each other
constexpr std::int64_t kMostRepetitions = 2000;  // as llama.cpp
constexpr std::size_t kLongest = 1 << 20;        // bytes of a text

using Sequence = GrammarRules::Sequence;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

class Parser {
 public:
  Parser(std::string_view text, const std::string& place) : text_(text), rules_(place) {}

  GrammarRules parse() {
    if (text_.size() > kLongest) rules_.fail_at({}, "the grammar is longer than 1 MiB");
    skip_space(true);
    while (!at_end()) rule();
    return std::move(rules_);
  }

 private:
  bool at_end() const { return at_ >= text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  char take() {
    const char c = text_[at_++];
    if (c == '\n') {
      ++place_.line;
      place_.column = 1;
    } else if ((c & 0xC0) != 0x80) {  // continuations of a character are no columns
      ++place_.column;
    }
    return c;
  }
  bool take_if(char c) {
    if (peek() != c || at_end()) return false;
    take();
    return true;
  }
  [[noreturn]] void fail_here(const std::string& message) const {
    rules_.fail_at(place_, message + (at_end() ? ", and the text ends here" : ""));
  }

  void skip_space(bool newlines) {
    while (!at_end()) {
      const char c = peek();
      if (c == '#') {
        while (!at_end() && peek() != '\n') take();
      } else if (c == ' ' || c == '\t' || (newlines && (c == '\n' || c == '\r'))) {
        take();
      } else {
        return;
      }
    }
  }

  std::string name() {
    std::string result;
    while (!at_end() && is_word(peek())) result += take();
    if (result.empty()) fail_here("a rule's name should stand here");
    return result;
  }

  void rule() {
    const TextPlace place = place_;
    const std::string word = name();
    const std::int32_t index = rules_.named(word, place);
    if (rules_.at(index).defined) rules_.fail_at(place, "the rule " + word + " stands twice");
    skip_space(false);
    if (text_.substr(at_, 3) != "::=") fail_here("'::=' should stand here");
    for (int i = 0; i < 3; ++i) take();
    skip_space(true);
    std::vector<Sequence> found = alternatives(0);
    rules_.at(index).alternatives = std::move(found);
    rules_.at(index).defined = true;
    if (!at_end() && peek() != '\n' && peek() != '\r') fail_here("a new line should begin here");
    skip_space(true);
  }

  std::vector<Sequence> alternatives(int depth) {
    if (depth > kDeepest) fail_here("parentheses stand too deep within each other");
    std::vector<Sequence> result{sequence(depth)};
    while (take_if('|')) {
      rules_.count(1, place_);
      skip_space(true);
      result.push_back(sequence(depth));
    }
    return result;
  }

  Sequence sequence(int depth) {
    Sequence result;
    while (!at_end()) {
      const TextPlace place = place_;
      Sequence item;
      if (!element(item, depth)) break;
      skip_space(depth > 0);
      item = with_repetition(std::move(item), place, depth);
      result.insert(result.end(), item.begin(), item.end());
    }
    return result;
  }

  // False where none begins.
  bool element(Sequence& item, int depth) {
    const TextPlace place = place_;
    if (take_if('"')) {
      item = literal();
    } else if (take_if('[')) {
      item = character_class(place);
    } else if (take_if('.')) {
      item = rules_.characters({}, true, place);
    } else if (take_if('(')) {
      skip_space(true);
      std::vector<Sequence> group = alternatives(depth + 1);
      if (!take_if(')')) fail_here("')' should stand here");
      rules_.count(1, place);
      item = {{true, {}, rules_.make(std::move(group), place)}};
    } else if (is_word(peek())) {
      rules_.count(1, place);
      item = {{true, {}, rules_.named(name(), place)}};
    } else {
      return false;
    }
    return true;
  }

  Sequence literal() {
    Sequence result;
    while (!take_if('"')) {
      if (at_end() || peek() == '\n') fail_here("'\"' should close the text");
      const TextPlace place = place_;
      const char32_t c = character();
      const Sequence bytes = rules_.characters({{c, c}}, false, place);
      result.insert(result.end(), bytes.begin(), bytes.end());
    }
    return result;
  }

  Sequence character_class(const TextPlace& place) {
    std::vector<CharacterRange> ranges;
    const bool negated = take_if('^');
    while (!take_if(']')) {
      if (at_end() || peek() == '\n') fail_here("']' should close the class");
      const TextPlace here = place_;
      const char32_t first = character();
      char32_t last = first;
      if (peek() == '-' && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
        take();
        last = character();
        if (last < first) rules_.fail_at(here, "the range is the wrong way round");
      }
      ranges.emplace_back(first, last);
    }
    return rules_.characters(std::move(ranges), negated, place);
  }

  char32_t character() {
    if (take_if('\\')) return escape();
    const auto lead = static_cast<unsigned char>(peek());
    const int length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 0;
    if (length == 0 || at_ + static_cast<std::size_t>(length) > text_.size()) {
      fail_here("the text is no UTF-8");
    }
    char32_t c = length == 1 ? lead : lead & (0x7Fu >> length);
    take();
    for (int i = 1; i < length; ++i) {
      if ((peek() & 0xC0) != 0x80) fail_here("the text is no UTF-8");
      c = c << 6 | (static_cast<unsigned char>(take()) & 0x3Fu);
    }
    if (c > 0x10FFFF) fail_here("the text is no UTF-8");
    return c;
  }

  char32_t escape() {
    if (at_end()) fail_here("an escape should be finished");
    const char c = peek();
    constexpr std::string_view kNames = "tnr\\\"[]-^.", kMeant = "\t\n\r\\\"[]-^.";
    if (const auto i = kNames.find(c); i != std::string_view::npos) {
      take();
      return static_cast<unsigned char>(kMeant[i]);
    }
    if (c != 'x' && c != 'u' && c != 'U') fail_here("no such escape");
    take();
    char32_t value = 0;
    for (int digits = c == 'x' ? 2 : c == 'u' ? 4 : 8; digits > 0; --digits) {
      const std::string_view hex = "0123456789abcdef";
      const auto digit = hex.find(static_cast<char>(peek() | 0x20));
      if (at_end() || digit == std::string_view::npos)
        fail_here("a hexadecimal digit should stand here");
      value = value * 16 + static_cast<char32_t>(digit);
      take();
    }
    if (value > 0x10FFFF) fail_here("no character has so large a number");
    return value;
  }

  Sequence with_repetition(Sequence item, const TextPlace& place, int depth) {
    for (;;) {
      std::int64_t least = 0, most = -1;
      if (take_if('*')) {
      } else if (take_if('+')) {
        least = 1;
      } else if (take_if('?')) {
        most = 1;
      } else if (take_if('{')) {
        braces(least, most);
      } else {
        return item;
      }
      item = rules_.repeated(item, least, most, place);
      skip_space(depth > 0);
    }
  }

  void braces(std::int64_t& least, std::int64_t& most) {
    skip_space(false);
    if (peek() != ',') least = number();
    skip_space(false);
    if (take_if(',')) {
      skip_space(false);
      if (peek() != '}') most = number();
    } else {
      most = least;
    }
    skip_space(false);
    if (!take_if('}')) fail_here("'}' should stand here");
    if (most >= 0 && most < least) fail_here("at most is less than at least");
  }

  std::int64_t number() {
    std::int64_t value = 0;
    if (peek() < '0' || peek() > '9') fail_here("a number should stand here");
    while (peek() >= '0' && peek() <= '9') {
      value = value * 10 + (take() - '0');
      if (value > kMostRepetitions) {
        fail_here("more than " + std::to_string(kMostRepetitions) + " repetitions");
      }
    }
    return value;
  }

  std::string_view text_;
  GrammarRules rules_;
  std::size_t at_ = 0;
  TextPlace place_;
};

}  // namespace

Grammar Grammar::parse(std::string_view text, const std::string& place) {
  GrammarRules rules = Parser(text, place).parse();
  Grammar grammar;
  grammar.root_ = rules.named("root", {});
  if (!rules.at(grammar.root_).defined) rules.fail_at({}, "there is no rule root");
  rules.finish(grammar.root_);
  std::map<std::string, std::int32_t> sets;
  for (std::size_t r = 0; r < rules.size(); ++r) {
    std::vector<std::int32_t>& begins = grammar.rules_.emplace_back();
    for (const Sequence& sequence : rules.at(static_cast<std::int32_t>(r)).alternatives) {
      begins.push_back(static_cast<std::int32_t>(grammar.symbols_.size()));
      for (const GrammarRules::Item& item : sequence) {
        if (item.is_rule) {
          grammar.symbols_.push_back({Symbol::Kind::kRule, item.rule});
          continue;
        }
        const auto [found, fresh] = sets.try_emplace(
            item.bytes.to_string(), static_cast<std::int32_t>(grammar.sets_.size()));
        if (fresh) grammar.sets_.push_back(item.bytes);
        grammar.symbols_.push_back({Symbol::Kind::kBytes, found->second});
      }
      grammar.symbols_.push_back({Symbol::Kind::kEnd, 0});
    }
  }
  return grammar;
}

}  // namespace lucie
