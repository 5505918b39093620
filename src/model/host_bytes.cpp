#include "model/host_bytes.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>

namespace lucie {
namespace {

// A NaN's exponent is all ones and its fraction is not zero: without its sign it lies above
// `infinity`. Whole runs of one length without a branch, which the compiler turns into vectors; the
// last is filled up with zeros. Signed, since x86-64 without extensions has no unsigned maximum.
template <typename Bits>
bool any_above(std::span<const std::byte> values, Bits infinity) {
  constexpr Bits kMagnitude = std::numeric_limits<Bits>::max();
  std::array<Bits, 4096> run;
  for (std::size_t at = 0; at < values.size(); at += sizeof run) {
    const std::size_t bytes = std::min(sizeof run, values.size() - at);
    if (bytes < sizeof run) run.fill(0);
    std::memcpy(run.data(), values.data() + at, bytes);
    Bits largest = 0;
    for (const Bits bits : run) largest = std::max(largest, static_cast<Bits>(bits & kMagnitude));
    if (largest > infinity) return true;
  }
  return false;
}

}  // namespace

bool holds_nan(DType dtype, std::span<const std::byte> values) {
  switch (dtype) {
    case DType::kF32:
      return any_above<std::int32_t>(values, 0x7F800000);
    case DType::kBF16:
      return any_above<std::int16_t>(values, 0x7F80);
    case DType::kF16:
      return any_above<std::int16_t>(values, 0x7C00);
    default:
      return false;
  }
}

}  // namespace lucie
