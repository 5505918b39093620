// The order of all suffixes of a text of numbers, in time and memory that grow with its length
// alone, whatever repeats in it: induced sorting (Nong, Zhang & Chan, "Two Efficient Algorithms for
// Linear Time Suffix Array Construction", IEEE Transactions on Computers 60(10), 2011).
#pragma once

#include <cstdint>
#include <span>

namespace lucie {

// `text`: numbers of [0, symbols), the last of them 0 and no other. `order`, as long as the text,
// becomes the positions of its suffixes from the least to the greatest. Besides the two, memory for
// at most 2 * max(symbols, text.size() / 2) numbers is taken.
void sort_suffixes(std::span<const std::int32_t> text, std::span<std::int32_t> order,
                   std::int32_t symbols);

}  // namespace lucie
