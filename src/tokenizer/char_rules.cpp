#include "tokenizer/char_rules.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "tokenizer/unicode.h"

namespace lucie {
namespace {

constexpr std::string_view kLookAhead = "(?=[ \\w])";
constexpr std::size_t kMostRules = 200;  // indices are bytes

std::optional<char32_t> hex_escape(std::string_view text, std::size_t* at, std::size_t digits) {
  char32_t value = 0;
  if (text.size() - *at < digits) return std::nullopt;
  for (std::size_t i = 0; i < digits; ++i) {
    const char c = text[(*at)++];
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return std::nullopt;
    value = value * 16 + static_cast<char32_t>(digit);
  }
  return value;
}

// One literal character of a regular expression, escaped or not, in a set or outside.
std::optional<char32_t> literal(std::string_view regex, std::size_t* at, bool in_set) {
  if (*at >= regex.size()) return std::nullopt;
  const char c = regex[*at];
  if (c != '\\') {
    const std::string_view special = in_set ? "[]^-&" : "^$.[]|()?*+{}";
    if (special.find(c) != std::string_view::npos) return std::nullopt;
    return next_code_point(regex, at);
  }
  if (++*at >= regex.size()) return std::nullopt;
  const char escaped = regex[*at];
  switch (escaped) {
    case 'n':
      return ++*at, U'\n';
    case 'r':
      return ++*at, U'\r';
    case 't':
      return ++*at, U'\t';
    case 'x':
      return ++*at, hex_escape(regex, at, 2);
    case 'u':
      return ++*at, hex_escape(regex, at, 4);
    default:
      break;
  }
  const bool alphanumeric = (escaped >= '0' && escaped <= '9') ||
                            (escaped >= 'a' && escaped <= 'z') ||
                            (escaped >= 'A' && escaped <= 'Z');
  if (alphanumeric) return std::nullopt;
  return next_code_point(regex, at);
}

struct CharPattern {
  std::vector<char32_t> characters;
  bool look_ahead = false;
};

// Reads "c", "[abc]", each with the look-ahead or without; nullopt for any other expression.
std::optional<CharPattern> parse_char_pattern(std::string_view regex) {
  CharPattern result;
  std::size_t at = 0;
  if (!regex.empty() && regex[0] == '[') {
    at = 1;
    while (at < regex.size() && regex[at] != ']') {
      const auto c = literal(regex, &at, true);
      if (!c) return std::nullopt;
      result.characters.push_back(*c);
    }
    if (at++ >= regex.size()) return std::nullopt;
  } else {
    const auto c = literal(regex, &at, false);
    if (!c) return std::nullopt;
    result.characters.push_back(*c);
  }
  result.look_ahead = regex.substr(at) == kLookAhead;
  if ((!result.look_ahead && at != regex.size()) || result.characters.empty()) return std::nullopt;
  return result;
}

std::string utf8(char32_t c) {
  std::string out;
  append_utf8(out, c);
  return out;
}

}  // namespace

const CharRules::Rule* CharRules::find(char32_t character) const {
  for (const Rule& rule : rules_) {
    if (rule.character == character) return &rule;
  }
  return nullptr;
}

bool CharRules::add(std::vector<char32_t> characters, Action action, const std::string& output) {
  std::sort(characters.begin(), characters.end());
  characters.erase(std::unique(characters.begin(), characters.end()), characters.end());
  if (rules_.size() + characters.size() > kMostRules) return false;
  for (const char32_t c : characters) {
    if (find(c) != nullptr || (c >= 0xD800 && c < 0xE000)) return false;
  }
  for (const char32_t c : characters) {
    rules_.push_back({c, action, output});
    longest_ = std::max(longest_, output.size());
    if (c < 0x80) {
      by_lead_[c] = action;
      ascii_rule_[c] = static_cast<std::uint8_t>(rules_.size() - 1);
    } else {
      by_lead_[static_cast<unsigned char>(utf8(c)[0])] = Action::kLead;
    }
  }
  return true;
}

bool CharRules::add_replace(const std::string& pattern, bool is_regex, const std::string& content) {
  std::optional<CharPattern> parsed;
  if (is_regex) {
    parsed = parse_char_pattern(pattern);
  } else {
    std::size_t at = 0;
    if (!pattern.empty()) parsed = CharPattern{{next_code_point(pattern, &at)}, false};
    if (at != pattern.size()) return false;
  }
  if (!parsed) return false;
  const std::vector<char32_t>& characters = parsed->characters;
  if (parsed->look_ahead) {
    if (stage_ > Stage::kPad || characters.size() != 1) return false;
    const char32_t c = characters[0];
    if (unicode::is_word(c) || c == U' ' || content != utf8(c) + " ") return false;
    if (!add(characters, Action::kPad, content)) return false;
    stage_ = Stage::kPad;
    return true;
  }
  if (content.empty() && stage_ <= Stage::kDelete) {
    if (!add(characters, Action::kDelete, content)) return false;
    stage_ = Stage::kDelete;
    return true;
  }
  for (const Rule& rule : rules_) {
    if (rule.action != Action::kMap) continue;
    for (const char32_t c : characters) {
      if (rule.output.find(utf8(c)) != std::string::npos) return false;
    }
  }
  if (!add(characters, Action::kMap, content)) return false;
  for (const char32_t c : characters) remap_outputs(c, content);
  stage_ = Stage::kMap;
  return true;
}

// What earlier rules put into the text is seen by this rule too.
void CharRules::remap_outputs(char32_t character, const std::string& output) {
  const auto remap = [from = utf8(character), &output](std::string& text) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += output.size()) {
      text.replace(at, from.size(), output);
    }
  };
  remap(prepend_);
  for (Rule& rule : rules_) {
    if (rule.action == Action::kPad) remap(rule.output);
    longest_ = std::max(longest_, rule.output.size());
  }
}

bool CharRules::add_prepend(const std::string& text) {
  if (stage_ >= Stage::kPrepend) return false;
  prepend_ = text;
  stage_ = Stage::kPrepend;
  return true;
}

const CharRules::Rule* CharRules::rule_at(const char* at) const {
  const auto lead = static_cast<unsigned char>(*at);
  const Action action = by_lead_[lead];
  if (action == Action::kCopy) return nullptr;
  return action == Action::kLead ? find(unicode::code_point(at)) : &rules_[ascii_rule_[lead]];
}

// Whether the text that is left after deletions goes on with a space or a word character.
bool CharRules::pads(const char* at, const char* end) const {
  while (at != end) {
    const Rule* rule = rule_at(at);
    if (rule == nullptr || rule->action != Action::kDelete) {
      const char32_t c = unicode::code_point(at);
      return c == U' ' || unicode::is_word(c);
    }
    at += unicode::char_length(static_cast<unsigned char>(*at));
  }
  return false;
}

void CharRules::apply(std::string& text) const {
  std::string out;
  const std::size_t slack = longest_ + 8;
  out.resize(prepend_.size() + text.size() + text.size() / 2 + slack);
  std::memcpy(out.data(), prepend_.data(), prepend_.size());
  std::size_t used = prepend_.size();
  const char* at = text.data();
  const char* const end = at + text.size();
  bool anything_left = false;
  while (at != end) {
    // Room for all that is left, should no rule apply again, is held at every turn.
    const auto lead = static_cast<unsigned char>(*at);
    const Rule* rule = by_lead_[lead] == Action::kCopy ? nullptr : rule_at(at);
    const std::size_t length = unicode::char_length(lead);
    anything_left |= rule == nullptr || rule->action != Action::kDelete;
    if (rule == nullptr || (rule->action == Action::kPad && !pads(at + length, end))) {
      for (std::size_t i = 0; i < length; ++i) out[used++] = *at++;
      continue;
    }
    at += length;
    const std::size_t needed = used + rule->output.size() + static_cast<std::size_t>(end - at);
    if (needed > out.size()) out.resize(needed + needed / 4 + slack);
    std::memcpy(out.data() + used, rule->output.data(), rule->output.size());
    used += rule->output.size();
  }
  out.resize(anything_left ? used : 0);
  text = std::move(out);
}

}  // namespace lucie
