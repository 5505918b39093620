#include "infer/grammar_rules.h"

#include <algorithm>

#include "base/error.h"

namespace lucie {
namespace {

constexpr std::size_t kMostItems = 300'000;  // of all rules: megabytes, and well below a second

ByteSet bytes_between(int first, int last) {
  ByteSet set;
  for (int byte = first; byte <= last; ++byte) set.set(static_cast<std::size_t>(byte));
  return set;
}

int length_in_utf8(char32_t c) {
  return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

int byte_in_utf8(char32_t c, int length, int i) {
  const int shift = 6 * (length - 1 - i);
  const int lead[] = {0x00, 0x00, 0xC0, 0xE0, 0xF0};
  const auto bits = static_cast<int>((c >> shift) & 0x3F);
  return i > 0 ? 0x80 | bits : length == 1 ? static_cast<int>(c) : lead[length] | bits;
}

// first and last have the same length and the same bytes before i: splits until every byte behind
// a range's first differing one may be any continuation.
void add_utf8(std::vector<GrammarRules::Sequence>& out, char32_t first, char32_t last) {
  const int length = length_in_utf8(first);
  const char32_t end = length == 1   ? 0x7F
                       : length == 2 ? 0x7FF
                       : length == 3 ? 0xFFFF
                                     : kLastCharacter;
  if (last > end) {
    add_utf8(out, first, end);
    return add_utf8(out, end + 1, last);
  }
  for (int i = 1; i < length; ++i) {
    const char32_t low = (char32_t{1} << (6 * i)) - 1;  // bits of the last i bytes
    if ((first & ~low) == (last & ~low)) continue;
    if ((first & low) != 0) {
      add_utf8(out, first, first | low);
      return add_utf8(out, (first | low) + 1, last);
    }
    if ((last & low) != low) {
      add_utf8(out, first, (last & ~low) - 1);
      return add_utf8(out, last & ~low, last);
    }
  }
  GrammarRules::Sequence sequence;
  for (int i = 0; i < length; ++i) {
    sequence.push_back(
        {false, bytes_between(byte_in_utf8(first, length, i), byte_in_utf8(last, length, i)), 0});
  }
  out.push_back(std::move(sequence));
}

}  // namespace

void GrammarRules::fail_at(const TextPlace& place, const std::string& message,
                           const std::string& hint) const {
  fail(ErrorCode::kInvalidArgument, message,
       place_ + ":" + std::to_string(place.line) + ":" + std::to_string(place.column), hint);
}

std::int32_t GrammarRules::named(const std::string& name, const TextPlace& place) {
  const auto [found, fresh] = by_name_.try_emplace(name, static_cast<std::int32_t>(rules_.size()));
  if (fresh) rules_.push_back({name, place, false, {}});
  return found->second;
}

void GrammarRules::count(std::size_t items, const TextPlace& place) {
  items_ += items;
  if (items_ > kMostItems) {
    fail_at(place, "the grammar is too large: more than " + std::to_string(kMostItems) +
                       " symbols when repetitions are written out");
  }
}

std::int32_t GrammarRules::make(std::vector<Sequence> alternatives, const TextPlace& place) {
  rules_.push_back({"", place, true, std::move(alternatives)});
  return static_cast<std::int32_t>(rules_.size()) - 1;
}

GrammarRules::Sequence GrammarRules::characters(std::vector<CharacterRange> ranges, bool negated,
                                                const TextPlace& place) {
  ranges = negated ? all_but(std::move(ranges)) : merged(std::move(ranges));
  ByteSet ascii;
  std::vector<Sequence> sequences;
  for (const auto& [first, last] : ranges) {
    if (first < 0x80) {
      ascii |=
          bytes_between(static_cast<int>(first), static_cast<int>(std::min<char32_t>(last, 0x7F)));
    }
    if (last < 0x80) continue;
    // No text holds surrogates.
    const char32_t from = std::max<char32_t>(first, 0x80);
    if (from < 0xD800) add_utf8(sequences, from, std::min<char32_t>(last, 0xD7FF));
    if (last > 0xDFFF) add_utf8(sequences, std::max<char32_t>(from, 0xE000), last);
  }
  if (ascii.any()) sequences.insert(sequences.begin(), Sequence{{false, ascii, 0}});
  for (const Sequence& sequence : sequences) count(sequence.size(), place);
  if (sequences.size() == 1) return sequences.front();
  return {{true, {}, make(std::move(sequences), place)}};
}

GrammarRules::Sequence GrammarRules::repeated(const Sequence& item, std::int64_t least,
                                              std::int64_t most, const TextPlace& place) {
  constexpr std::int64_t kLoop = 4, kOptional = 4;  // a rule of two alternatives, an item of it
  count(static_cast<std::size_t>(least + (most < 0 ? kLoop : kOptional * (most - least))), place);
  Item one = item.size() == 1 ? item.front() : Item{true, {}, make({item}, place)};
  Sequence result(static_cast<std::size_t>(least), one);
  if (most < 0) {
    const std::int32_t loop = make({}, place);
    at(loop).alternatives = {{one, {true, {}, loop}}, {}};
    result.push_back({true, {}, loop});
    return result;
  }
  Sequence rest;  // (x (x (x)?)?)?
  for (std::int64_t i = least; i < most; ++i) {
    Sequence longer{one};
    longer.insert(longer.end(), rest.begin(), rest.end());
    rest = {{true, {}, make({std::move(longer), {}}, place)}};
  }
  result.insert(result.end(), rest.begin(), rest.end());
  return result;
}

std::string GrammarRules::name_of(std::int32_t rule) const {
  const Rule& r = at(rule);
  return r.name.empty() ? "a group" : "the rule " + r.name;
}

void GrammarRules::finish(std::int32_t root) {
  require_definitions();
  refuse_left_recursion(root);
  drop_unmet(root);
}

void GrammarRules::require_definitions() const {
  for (const Rule& rule : rules_) {
    if (!rule.defined) fail_at(rule.place, "there is no rule " + rule.name);
  }
}

// The rules that some text meets, or without bytes, that the empty one does: from the rules that do
// for themselves to those that are made of them, each alternative counting what it waits for.
std::vector<bool> GrammarRules::met(bool with_bytes) const {
  struct Alternative {
    std::size_t rule, waits_for;
  };
  std::vector<Alternative> alternatives;
  std::vector<std::vector<std::size_t>> users(rules_.size());
  std::vector<std::size_t> ready;
  for (std::size_t r = 0; r < rules_.size(); ++r) {
    for (const Sequence& sequence : rules_[r].alternatives) {
      const bool never = std::any_of(sequence.begin(), sequence.end(), [&](const Item& item) {
        return !item.is_rule && (!with_bytes || item.bytes.none());
      });
      if (never) continue;
      alternatives.push_back({r, 0});
      for (const Item& item : sequence) {
        if (!item.is_rule) continue;
        ++alternatives.back().waits_for;
        users[static_cast<std::size_t>(item.rule)].push_back(alternatives.size() - 1);
      }
      if (alternatives.back().waits_for == 0) ready.push_back(r);
    }
  }
  std::vector<bool> result(rules_.size(), false);
  while (!ready.empty()) {
    const std::size_t rule = ready.back();
    ready.pop_back();
    if (result[rule]) continue;
    result[rule] = true;
    for (const std::size_t user : users[rule]) {
      if (--alternatives[user].waits_for == 0) ready.push_back(alternatives[user].rule);
    }
  }
  return result;
}

// Depth first over the rules that a rule may begin with; one that is found again on the way down
// begins with itself.
void GrammarRules::refuse_left_recursion(std::int32_t root) const {
  const std::vector<bool> empty = met(false);
  const auto firsts_of = [&](std::int32_t rule) {
    std::vector<std::int32_t> firsts;
    for (const Sequence& sequence : at(rule).alternatives) {
      for (const Item& item : sequence) {
        if (!item.is_rule) break;
        firsts.push_back(item.rule);
        if (!empty[static_cast<std::size_t>(item.rule)]) break;
      }
    }
    return firsts;
  };
  enum class Mark : std::uint8_t { kNew, kOpen, kDone };
  std::vector<Mark> marks(rules_.size(), Mark::kNew);
  struct Step {
    std::int32_t rule;
    std::vector<std::int32_t> firsts;
  };
  for (std::int32_t start = root, next = 0; next <= std::ssize(rules_); start = next++) {
    if (marks[static_cast<std::size_t>(start)] != Mark::kNew) continue;
    std::vector<Step> way{{start, firsts_of(start)}};
    marks[static_cast<std::size_t>(start)] = Mark::kOpen;
    while (!way.empty()) {
      if (way.back().firsts.empty()) {
        marks[static_cast<std::size_t>(way.back().rule)] = Mark::kDone;
        way.pop_back();
        continue;
      }
      const std::int32_t rule = way.back().firsts.back();
      way.back().firsts.pop_back();
      Mark& mark = marks[static_cast<std::size_t>(rule)];
      if (mark == Mark::kOpen) {
        fail_at(at(rule).place, name_of(rule) + " can begin with itself (left recursion)",
                "put the repetition behind: list ::= item list | item");
      }
      if (mark == Mark::kDone) continue;
      mark = Mark::kOpen;
      way.push_back({rule, firsts_of(rule)});
    }
  }
}

void GrammarRules::drop_unmet(std::int32_t root) {
  const std::vector<bool> ends = met(true);
  const auto unmet = [&](const Sequence& sequence) {
    return std::any_of(sequence.begin(), sequence.end(), [&](const Item& item) {
      return item.is_rule ? !ends[static_cast<std::size_t>(item.rule)] : item.bytes.none();
    });
  };
  if (!ends[static_cast<std::size_t>(root)]) {
    fail_at(at(root).place, "no text can meet the grammar: " + name_of(root) + " never ends");
  }
  for (Rule& rule : rules_) std::erase_if(rule.alternatives, unmet);
}

}  // namespace lucie
