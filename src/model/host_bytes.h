// Values outside of devices, on the way from one file to another.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <utility>
#include <vector>

#include "tensor/dtype.h"

namespace lucie {

// Memory as it comes, where a vector would fill it with zeros first: tensors of a model pass
// through one buffer after the other, and all of it is written anyway.
template <typename T>
struct Unfilled : std::allocator<T> {
  template <typename U>
  struct rebind {
    using other = Unfilled<U>;
  };
  template <typename U>
  void construct(U* place) noexcept {
    ::new (static_cast<void*>(place)) U;
  }
  template <typename U, typename... Arguments>
  void construct(U* place, Arguments&&... arguments) {
    ::new (static_cast<void*>(place)) U(std::forward<Arguments>(arguments)...);
  }
};
using HostBytes = std::vector<std::byte, Unfilled<std::byte>>;

// Whether values of a plain type are no numbers (NaN); quantized blocks are not looked into.
bool holds_nan(DType dtype, std::span<const std::byte> values);

}  // namespace lucie
