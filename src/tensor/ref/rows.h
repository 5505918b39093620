// Tensors as rows of floats: how the reference operations read and write every type.
#pragma once

#include <cstdint>
#include <vector>

#include "tensor/buffer.h"

namespace lucie::ref {

using Floats = std::vector<float>;

inline std::byte* row_data(const Tensor& tensor, std::int64_t row) {
  const std::size_t stride = row_bytes(tensor.dtype(), tensor.shape().last());
  return data<std::byte>(tensor) + static_cast<std::size_t>(row) * stride;
}

inline void load_row(const Tensor& tensor, std::int64_t row, float* values) {
  decode_row(tensor.dtype(), row_data(tensor, row), values, tensor.shape().last());
}

inline void store_row(const Tensor& tensor, std::int64_t row, const float* values) {
  encode_row(tensor.dtype(), values, row_data(tensor, row), tensor.shape().last());
}

inline Floats load(const Tensor& tensor) {
  Floats values(static_cast<std::size_t>(tensor.numel()));
  for (std::int64_t row = 0; row < tensor.shape().rows(); ++row) {
    load_row(tensor, row, values.data() + row * tensor.shape().last());
  }
  return values;
}

inline void store(const Tensor& tensor, const Floats& values) {
  for (std::int64_t row = 0; row < tensor.shape().rows(); ++row) {
    store_row(tensor, row, values.data() + row * tensor.shape().last());
  }
}

inline Floats floats(std::int64_t count) {
  return Floats(static_cast<std::size_t>(count));
}

}  // namespace lucie::ref
