#include "tokenizer/alphabet.h"

namespace lucie::training {

std::vector<char32_t> choose_alphabet(const WordCounts& words, std::size_t limit) {
  CharacterMap<std::uint64_t> counts;
  words.for_each([&counts](std::string_view word, std::uint64_t count) {
    for_each_character(word, [&](char32_t c) { counts[c] += count; });
  });
  auto seen = counts.entries();
  if (seen.size() > limit) {
    std::stable_sort(seen.begin(), seen.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    seen.resize(limit);
  }
  std::vector<char32_t> alphabet;
  for (const auto& [c, count] : seen) alphabet.push_back(c);
  std::sort(alphabet.begin(), alphabet.end());
  return alphabet;
}

}  // namespace lucie::training
