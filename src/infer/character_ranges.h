// Sets of characters as ranges of code points.
#pragma once

#include <utility>
#include <vector>

namespace lucie {

using CharacterRange = std::pair<char32_t, char32_t>;  // first and last
inline constexpr char32_t kLastCharacter = 0x10FFFF;

// Sorted, without overlaps.
std::vector<CharacterRange> merged(std::vector<CharacterRange> ranges);
// All characters that are in none of these; surrogates, which no text holds, included.
std::vector<CharacterRange> all_but(std::vector<CharacterRange> ranges);

}  // namespace lucie
