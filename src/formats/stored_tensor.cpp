#include "formats/stored_tensor.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace lucie {

Shape stored_shape(std::span<const std::int64_t> dims, const std::string& place) {
  // The product leaves zeros out, so that one which multiplies from the left cannot overflow on
  // the way to a zero either.
  std::int64_t product = 1;
  for (std::int64_t dim : dims) {
    if (dim < 0) fail(ErrorCode::kCorrupt, "tensor with a negative dimension", place);
    if (dim != 0 && __builtin_mul_overflow(product, dim, &product)) {
      fail(ErrorCode::kCorrupt, "tensor with more than 2^63 elements", place);
    }
  }
  switch (dims.size()) {
    case 0:
      return Shape{};
    case 1:
      return Shape{dims[0]};
    case 2:
      return Shape{dims[0], dims[1]};
    case 3:
      return Shape{dims[0], dims[1], dims[2]};
    case 4:
      return Shape{dims[0], dims[1], dims[2], dims[3]};
    default:
      fail(ErrorCode::kUnsupported,
           "tensor of " + std::to_string(dims.size()) + " dimensions; at most 4 are handled",
           place);
  }
}

std::uint64_t stored_bytes(const ForeignType& type, const Shape& shape, const std::string& place) {
  if (shape.last() % type.block != 0) {
    fail(ErrorCode::kCorrupt,
         "rows of " + std::to_string(shape.last()) + " elements do not fill blocks of " +
             std::to_string(type.block) + " (" + type.name + ")",
         place);
  }
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(static_cast<std::uint64_t>(shape.numel() / type.block),
                             static_cast<std::uint64_t>(type.block_bytes), &bytes)) {
    fail(ErrorCode::kCorrupt, "tensor of shape " + shape.str() + " has more than 2^64 bytes",
         place);
  }
  return bytes;
}

std::uint64_t stored_bytes(DType dtype, const Shape& shape, const std::string& place) {
  const DTypeInfo& info = dtype_info(dtype);
  return stored_bytes(ForeignType{info.name, info.block, info.block_bytes}, shape, place);
}

std::string StoredTensor::type_name() const {
  return foreign_type.empty() ? dtype_info(dtype).name : foreign_type;
}

void require_readable(const StoredTensor& tensor, const std::string& file) {
  if (tensor.foreign_type.empty()) return;
  fail(ErrorCode::kUnsupported,
       "tensor '" + tensor.name + "' is of type " + tensor.foreign_type +
           ", which is not computed with",
       file, "use a file in f32, f16 or bf16, or a GGUF of q8_0, q4_0 to q5_1, q2_k to q6_k");
}

TensorIndex::TensorIndex(const std::vector<StoredTensor>& tensors, const std::string& place)
    : order_(tensors.size()) {
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::sort(order_.begin(), order_.end(),
            [&](std::size_t a, std::size_t b) { return tensors[a].name < tensors[b].name; });
  for (std::size_t i = 1; i < order_.size(); ++i) {
    if (tensors[order_[i]].name == tensors[order_[i - 1]].name) {
      fail(ErrorCode::kCorrupt, "two tensors named '" + tensors[order_[i]].name + "'", place);
    }
  }
}

const StoredTensor* TensorIndex::find(const std::vector<StoredTensor>& tensors,
                                      std::string_view name) const {
  const auto it =
      std::lower_bound(order_.begin(), order_.end(), name,
                       [&](std::size_t i, std::string_view key) { return tensors[i].name < key; });
  return it != order_.end() && tensors[*it].name == name ? &tensors[*it] : nullptr;
}

}  // namespace lucie
