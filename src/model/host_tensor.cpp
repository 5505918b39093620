#include "model/host_tensor.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace lucie {
namespace {

// A NaN's exponent is all ones and its fraction is not zero: without its sign it lies above
// `infinity`. Whole runs without a branch, so that the compiler can use vectors.
template <typename Bits>
bool any_above(std::span<const std::byte> values, Bits infinity) {
  constexpr std::size_t kRun = 4096;
  constexpr Bits kMagnitude = static_cast<Bits>(static_cast<Bits>(~Bits{0}) >> 1);
  std::array<Bits, kRun> run;
  for (std::size_t at = 0; at < values.size(); at += sizeof run) {
    const std::size_t bytes = std::min(sizeof run, values.size() - at);
    std::memcpy(run.data(), values.data() + at, bytes);
    Bits found = 0;
    for (std::size_t i = 0; i < bytes / sizeof(Bits); ++i) {
      found |= static_cast<Bits>((run[i] & kMagnitude) > infinity);
    }
    if (found != 0) return true;
  }
  return false;
}

}  // namespace

bool holds_nan(DType dtype, std::span<const std::byte> values) {
  switch (dtype) {
    case DType::kF32:
      return any_above<std::uint32_t>(values, 0x7F800000u);
    case DType::kBF16:
      return any_above<std::uint16_t>(values, 0x7F80u);
    case DType::kF16:
      return any_above<std::uint16_t>(values, 0x7C00u);
    default:
      return false;
  }
}

HostTensor host_tensor(const std::vector<float>& values) {
  HostTensor result;
  result.bytes.resize(values.size() * sizeof(float));
  if (!values.empty()) std::memcpy(result.bytes.data(), values.data(), result.bytes.size());
  return result;
}

HostTensor to_type(HostTensor tensor, DType dtype, const Shape& shape) {
  if (tensor.dtype == dtype) return tensor;
  const std::int64_t width = shape.last();
  const std::size_t from = row_bytes(tensor.dtype, width), to = row_bytes(dtype, width);
  HostTensor result{dtype, std::vector<std::byte>(to * static_cast<std::size_t>(shape.rows()))};
  std::vector<float> row(static_cast<std::size_t>(width));
  for (std::size_t r = 0; r < static_cast<std::size_t>(shape.rows()); ++r) {
    decode_row(tensor.dtype, tensor.bytes.data() + r * from, row.data(), width);
    encode_row(dtype, row.data(), result.bytes.data() + r * to, width);
  }
  return result;
}

std::vector<float> to_floats(const HostTensor& tensor, const Shape& shape) {
  const std::int64_t width = shape.last();
  const std::size_t stride = row_bytes(tensor.dtype, width);
  std::vector<float> values(static_cast<std::size_t>(shape.numel()));
  for (std::size_t r = 0; r < static_cast<std::size_t>(shape.rows()); ++r) {
    decode_row(tensor.dtype, tensor.bytes.data() + r * stride,
               values.data() + r * static_cast<std::size_t>(width), width);
  }
  return values;
}

}  // namespace lucie
