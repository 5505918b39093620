// A tensor's values outside of devices, on the way from one file to another.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "tensor/tensor.h"

namespace lucie {

struct HostTensor {
  DType dtype = DType::kF32;
  std::vector<std::byte> bytes = {};  // row-major, in dtype's own layout
};

// Whether values of a plain type are no numbers (NaN); quantized blocks are not looked into.
bool holds_nan(DType dtype, std::span<const std::byte> values);

HostTensor host_tensor(const std::vector<float>& values);
// The same values in another type; as it is where that is its own.
HostTensor to_type(HostTensor tensor, DType dtype, const Shape& shape);
std::vector<float> to_floats(const HostTensor& tensor, const Shape& shape);

}  // namespace lucie
