// Which of its types each tensor takes so that all fit: the smallest sum of errors below a size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lucie {

struct TypeOption {
  std::uint64_t bytes = 0;
  double error = 0;  // not negative; those of tensors are added
};

// The position of each tensor's option, or nothing where even the smallest do not fit. A multiple-
// choice knapsack by dynamic programming over sizes: no other choice of at most `budget` bytes has
// a smaller sum (of equal ones, earlier tensors take more). Where sizes have no common measure
// above 1 / 2^18 of their range, they are rounded up to that, so that some of that many bytes for
// each tensor may be left. More bytes never give a larger sum. In memory: a byte for each of at
// most 2^18 sizes of each tensor. No tensor may be without options, or have more than 255.
std::optional<std::vector<std::size_t>> choose_types(
    std::span<const std::vector<TypeOption>> tensors, std::uint64_t budget);

}  // namespace lucie
