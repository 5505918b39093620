// A grammar, and an answer that follows it over a small vocabulary. It may be refused, but not run
// or grow without end, and what it allows it must accept.
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "infer/constraint.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto trie = std::make_shared<const lucie::VocabularyTrie>(std::vector<std::string>{
      "", "a", "b", "ab", "abc", " ", "\n", "\"", "{", "}", "[", "]", ":", ",", "0", "12", "-", ".",
      "true", "null", "\\", "\xC3", "\xA9", "\xE2\x82\xAC", "x", "e", "1. ", "O-O", "yes", "no"});
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const auto grammar = std::make_shared<const lucie::Grammar>(lucie::Grammar::parse(text));
    lucie::Constraint constraint(grammar, trie, {0});
    for (std::size_t step = 0; step < 30 && !constraint.at_end(); ++step) {
      const lucie::TokenMask& allowed = constraint.allowed();
      std::size_t id = (size + 7 * step) % allowed.size();
      while (!allowed[id]) id = (id + 1) % allowed.size();
      if (id == 0) break;
      constraint.accept(static_cast<lucie::TokenId>(id));
    }
  } catch (const lucie::Error&) {  // the only thing that a grammar may cause
  }
  return 0;
}
