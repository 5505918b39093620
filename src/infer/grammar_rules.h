// Rules of a grammar as they are parsed, and what must hold of them all. Within the grammar's
// sources only.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "infer/character_ranges.h"
#include "infer/grammar.h"

namespace lucie {

// A place in a grammar's text.
struct TextPlace {
  std::int64_t line = 1, column = 1;
};

class GrammarRules {
 public:
  struct Item {
    bool is_rule;
    ByteSet bytes;      // one of these, or
    std::int32_t rule;  // what this rule gives
  };
  using Sequence = std::vector<Item>;
  struct Rule {
    std::string name;  // empty: made for a group or a repetition
    TextPlace place;   // where it was first named
    bool defined = false;
    std::vector<Sequence> alternatives;
  };

  explicit GrammarRules(std::string place) : place_(std::move(place)) {}

  std::int32_t named(const std::string& name, const TextPlace& place);
  std::int32_t make(std::vector<Sequence> alternatives, const TextPlace& place);
  // Called by whoever makes items, before they take memory: too many of them are refused.
  void count(std::size_t items, const TextPlace& place);
  Rule& at(std::int32_t rule) { return rules_[static_cast<std::size_t>(rule)]; }
  const Rule& at(std::int32_t rule) const { return rules_[static_cast<std::size_t>(rule)]; }
  std::size_t size() const { return rules_.size(); }

  // One character of [first, last] of any of these ranges, in UTF-8.
  Sequence characters(std::vector<CharacterRange> ranges, bool negated, const TextPlace& place);
  // `item` from `least` to `most` times; most < 0: without end.
  Sequence repeated(const Sequence& item, std::int64_t least, std::int64_t most,
                    const TextPlace& place);

  // The checks of Grammar::parse; alternatives that no text meets are taken out.
  void finish(std::int32_t root);
  [[noreturn]] void fail_at(const TextPlace& place, const std::string& message,
                            const std::string& hint = {}) const;

 private:
  void require_definitions() const;
  void refuse_left_recursion(std::int32_t root) const;
  void drop_unmet(std::int32_t root);
  std::vector<bool> met(bool with_bytes) const;
  std::string name_of(std::int32_t rule) const;

  std::string place_;
  std::vector<Rule> rules_;
  std::map<std::string, std::int32_t> by_name_;
  std::size_t items_ = 0;
};

}  // namespace lucie
