// Device memory as the devices see it. Included in tensor/ only.
#pragma once

#include <cstddef>
#include <memory>

#include "tensor/tensor.h"

namespace lucie {

class Buffer {
 public:
  // `owner` keeps the memory alive (an allocation, or a mapped file).
  Buffer(std::byte* data, std::size_t bytes, std::shared_ptr<void> owner)
      : data_(data), bytes_(bytes), owner_(std::move(owner)) {}
  virtual ~Buffer() = default;  // a device may keep more with its buffers
  std::byte* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }

 private:
  std::byte* data_;
  std::size_t bytes_;
  std::shared_ptr<void> owner_;
};

// Pointer to the first element; T must be the C++ type of the dtype (uint16_t for f16 and bf16,
// std::byte for blocks).
template <typename T>
T* data(const Tensor& tensor) {
  return reinterpret_cast<T*>(tensor.buffer()->data() + tensor.offset_bytes());
}

}  // namespace lucie
