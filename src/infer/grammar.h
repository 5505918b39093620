// Grammars that an answer must meet, in llama.cpp's GBNF (docs/formats/gbnf.md):
//
//   root ::= "yes" | "no" | list
//   list ::= ("- " [^\n]+ "\n"){1,5}     # comment
//
// A grammar is kept as rules over bytes: characters are spelled out in UTF-8, repetitions become
// rules of their own. Rules that no text can meet are gone.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lucie {

using ByteSet = std::bitset<256>;

class Grammar {
 public:
  // Not well-formed, without a rule `root`, naming rules that are not there, left-recursive, too
  // large, or met by no text at all: Error{kInvalidArgument} with "PLACE:LINE:COLUMN".
  static Grammar parse(std::string_view text, const std::string& place = "grammar");

  // Sequences of symbols lie one behind the other, each closed by kEnd.
  struct Symbol {
    enum class Kind : std::uint8_t { kBytes, kRule, kEnd } kind;
    std::int32_t index;  // into sets(), or of a rule
  };
  const Symbol& symbol(std::int32_t at) const { return symbols_[static_cast<std::size_t>(at)]; }
  const ByteSet& set(std::int32_t index) const { return sets_[static_cast<std::size_t>(index)]; }
  // Where the alternatives of a rule begin.
  const std::vector<std::int32_t>& alternatives(std::int32_t rule) const {
    return rules_[static_cast<std::size_t>(rule)];
  }
  std::int32_t root() const { return root_; }

 private:
  std::vector<Symbol> symbols_;
  std::vector<ByteSet> sets_;
  std::vector<std::vector<std::int32_t>> rules_;
  std::int32_t root_ = 0;
};

}  // namespace lucie
