// A run of normalizer rules on single characters, compiled into one scan over the text. The rules
// of Lucie's tokenizer (20 Replace rules and a Prepend) become one pass.
//
// Four kinds, which must come in this order, each character in one rule only; then applying them
// one after another and applying all in one scan give the same text:
//   delete   [\r\x00]      -> ""
//   pad      c(?=[ \w])    -> "c "  (c itself neither a space nor a word character, so that no
//                                    inserted space is seen by another rule)
//   prepend  text, unless what is left is empty
//   map      [ \u00A0]     -> text  (which holds no character of a later rule)
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace lucie {

class CharRules {
 public:
  CharRules() = default;

  // Each adds a rule if it can be part of the scan, else changes nothing and returns false: then
  // the caller closes this run and starts another.
  bool add_replace(const std::string& pattern, bool is_regex, const std::string& content);
  bool add_prepend(const std::string& text);
  bool empty() const { return stage_ == Stage::kNone; }

  void apply(std::string& text) const;  // text: valid UTF-8

 private:
  enum class Stage { kNone, kDelete, kPad, kPrepend, kMap };
  enum class Action : std::uint8_t { kCopy, kDelete, kPad, kMap, kLead };
  struct Rule {
    char32_t character;
    Action action;
    std::string output;  // what stands in the place of the character (pad: when the pad applies)
  };

  const Rule* find(char32_t character) const;
  const Rule* rule_at(const char* at) const;
  bool add(std::vector<char32_t> characters, Action action, const std::string& output);
  bool pads(const char* at, const char* end) const;
  void remap_outputs(char32_t character, const std::string& output);

  Stage stage_ = Stage::kNone;
  std::vector<Rule> rules_;
  std::array<Action, 256> by_lead_{};           // kLead: some character that starts so has a rule
  std::array<std::uint8_t, 128> ascii_rule_{};  // index into rules_
  std::string prepend_;
  std::size_t longest_ = 0;
};

}  // namespace lucie
