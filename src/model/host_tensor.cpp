#include "model/host_tensor.h"

#include <cstring>

namespace lucie {

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
