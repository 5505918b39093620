#include "tensor/tensor.h"

#include "base/error.h"
#include "tensor/buffer.h"

namespace lucie {

Shape::Shape(std::initializer_list<std::int64_t> dims) {
  LUCIE_ASSERT(dims.size() <= dims_.size());
  std::int64_t numel = 1;
  for (const std::int64_t dim : dims) {
    dims_[static_cast<std::size_t>(rank_++)] = dim;
    if (dim < 0 || __builtin_mul_overflow(numel, dim, &numel)) {
      fail(ErrorCode::kInvalidArgument, "shape is negative or has more than 2^63 elements");
    }
  }
}

std::int64_t Shape::numel() const {
  std::int64_t product = 1;
  for (int i = 0; i < rank_; ++i) product *= (*this)[i];
  return product;
}

std::string Shape::str() const {
  std::string text = "[";
  for (int i = 0; i < rank_; ++i) {
    if (i > 0) text += ", ";
    text += std::to_string((*this)[i]);
  }
  return text + "]";
}

std::size_t tensor_bytes(DType dtype, const Shape& shape) {
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(static_cast<std::size_t>(shape.rows()), row_bytes(dtype, shape.last()),
                             &bytes)) {
    fail(ErrorCode::kInvalidArgument, "a tensor of shape " + shape.str() + " is too large");
  }
  return bytes;
}

Tensor::Tensor(std::shared_ptr<Buffer> buffer, std::size_t offset_bytes, DType dtype, Shape shape)
    : buffer_(std::move(buffer)), offset_bytes_(offset_bytes), dtype_(dtype), shape_(shape) {
  LUCIE_ASSERT(buffer_ != nullptr);
  LUCIE_ASSERT(offset_bytes_ <= buffer_->bytes());
  LUCIE_ASSERT(bytes() <= buffer_->bytes() - offset_bytes_);
}

std::size_t Tensor::bytes() const {
  return tensor_bytes(dtype_, shape_);
}

Tensor Tensor::reshape(Shape shape) const {
  LUCIE_ASSERT(shape.numel() == shape_.numel());
  return Tensor(buffer_, offset_bytes_, dtype_, shape);
}

Tensor Tensor::rows(std::int64_t begin, std::int64_t count) const {
  // Of rank 1, the slice must fall on whole blocks; row_bytes sees to it.
  LUCIE_ASSERT(shape_.rank() >= 1);
  LUCIE_ASSERT(begin >= 0 && count >= 0 && begin <= shape_[0] && count <= shape_[0] - begin);
  Shape slice, skipped;
  switch (shape_.rank()) {
    case 1:
      slice = {count};
      skipped = {begin};
      break;
    case 2:
      slice = {count, shape_[1]};
      skipped = {begin, shape_[1]};
      break;
    case 3:
      slice = {count, shape_[1], shape_[2]};
      skipped = {begin, shape_[1], shape_[2]};
      break;
    default:
      slice = {count, shape_[1], shape_[2], shape_[3]};
      skipped = {begin, shape_[1], shape_[2], shape_[3]};
  }
  return Tensor(buffer_, offset_bytes_ + tensor_bytes(dtype_, skipped), dtype_, slice);
}

}  // namespace lucie
