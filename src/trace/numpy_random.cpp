#include "trace/numpy_random.h"

#include <array>
#include <bit>

namespace lucie {

std::uint64_t NumpyRandomState::interval(std::uint64_t max) {
  if (max == 0) return 0;
  const std::uint64_t mask = (std::bit_floor(max) << 1) - 1;  // wraps to all ones at 2^63
  std::uint64_t value = 0;
  do {
    value = engine_();
    if (max > 0xFFFFFFFFu) value = value << 32 | engine_();
    value &= mask;
  } while (value > max);
  return value;
}

double numpy_sum(const double* values, std::size_t count) {
  if (count < 8) {
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += values[i];
    return sum;
  }
  if (count <= 128) {  // numpy's block: eight sums side by side
    std::array<double, 8> sums{};
    for (std::size_t k = 0; k < 8; ++k) sums[k] = values[k];
    std::size_t i = 8;
    for (; i < count - count % 8; i += 8) {
      for (std::size_t k = 0; k < 8; ++k) sums[k] += values[i + k];
    }
    double sum =
        ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
    for (; i < count; ++i) sum += values[i];
    return sum;
  }
  const std::size_t half = count / 2 - count / 2 % 8;
  return numpy_sum(values, half) + numpy_sum(values + half, count - half);
}

}  // namespace lucie
