// Tensor: a typed, shaped window on device memory. Above this room nobody sees a data pointer;
// values go in and out through Context (upload, download) and the table of operations (ops.h).
//
// Copies of a Tensor share memory. Shapes are row-major with at most four dimensions; only whole
// leading rows can be sliced, so every Tensor is contiguous.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>

#include "tensor/dtype.h"

namespace lucie {

class Buffer;  // device memory, owned by reference; defined in tensor/buffer.h for devices only

class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<std::int64_t> dims);
  int rank() const { return rank_; }
  std::int64_t operator[](int i) const { return dims_[static_cast<std::size_t>(i)]; }
  std::int64_t numel() const;
  std::int64_t last() const { return rank_ == 0 ? 1 : dims_[static_cast<std::size_t>(rank_ - 1)]; }
  std::int64_t rows() const {
    return last() == 0 ? 0 : numel() / last();
  }  // product of all but last
  bool operator==(const Shape& other) const = default;
  std::string str() const;  // "[2, 3]"

 private:
  std::array<std::int64_t, 4> dims_{};
  int rank_ = 0;
};

// Error{kInvalidArgument} when the last dimension is not whole blocks or the size overflows.
std::size_t tensor_bytes(DType dtype, const Shape& shape);

class Tensor {
 public:
  Tensor() = default;
  Tensor(std::shared_ptr<Buffer> buffer, std::size_t offset_bytes, DType dtype, Shape shape);

  bool defined() const { return buffer_ != nullptr; }
  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  std::int64_t dim(int i) const { return shape_[i]; }
  std::int64_t numel() const { return shape_.numel(); }
  std::size_t bytes() const;

  Tensor reshape(Shape shape) const;                          // same number of elements
  Tensor rows(std::int64_t begin, std::int64_t count) const;  // slice of the first dimension

  // For devices (tensor/) only; the include test keeps other rooms from tensor/buffer.h.
  const std::shared_ptr<Buffer>& buffer() const { return buffer_; }
  std::size_t offset_bytes() const { return offset_bytes_; }

 private:
  std::shared_ptr<Buffer> buffer_;
  std::size_t offset_bytes_ = 0;
  DType dtype_ = DType::kF32;
  Shape shape_;
};

}  // namespace lucie
