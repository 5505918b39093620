#include "infer/character_ranges.h"

#include <algorithm>

namespace lucie {

std::vector<CharacterRange> merged(std::vector<CharacterRange> ranges) {
  std::sort(ranges.begin(), ranges.end());
  std::vector<CharacterRange> result;
  for (const auto& [first, last] : ranges) {
    if (!result.empty() && first <= result.back().second + 1) {
      result.back().second = std::max(result.back().second, last);
    } else {
      result.emplace_back(first, last);
    }
  }
  return result;
}

std::vector<CharacterRange> all_but(std::vector<CharacterRange> ranges) {
  std::vector<CharacterRange> result;
  char32_t next = 0;
  for (const auto& [first, last] : merged(std::move(ranges))) {
    if (first > next) result.emplace_back(next, first - 1);
    next = last + 1;
  }
  if (next <= kLastCharacter) result.emplace_back(next, kLastCharacter);
  return result;
}

}  // namespace lucie
