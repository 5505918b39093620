#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "tensor/ref/ref.h"
#include "tensor/ref/rows.h"

namespace lucie::ref {

void copy_from_host(Context&, const Tensor& dst, const void* src) {
  if (dst.bytes() != 0) std::memcpy(data<std::byte>(dst), src, dst.bytes());
}

void copy_to_host(Context&, void* dst, const Tensor& src) {
  if (src.bytes() != 0) std::memcpy(dst, data<std::byte>(src), src.bytes());
}

void fill(Context&, const Tensor& x, float value) {
  if (x.dtype() == DType::kI32) {
    std::fill_n(data<std::int32_t>(x), x.numel(), static_cast<std::int32_t>(value));
    return;
  }
  const Floats row(static_cast<std::size_t>(x.shape().last()), value);
  for (std::int64_t n = 0; n < x.shape().rows(); ++n) store_row(x, n, row.data());
}

void copy(Context&, const Tensor& dst, const Tensor& src) {
  LUCIE_ASSERT(dst.numel() == src.numel());
  if (dst.dtype() == src.dtype()) {
    if (src.bytes() != 0) std::memmove(data<std::byte>(dst), data<std::byte>(src), src.bytes());
    return;
  }
  // The shapes may differ in all but the number of elements, so not row by row.
  store(dst, load(src));
}

void gather_rows(Context&, const Tensor& y, const Tensor& x, const Tensor& rows) {
  const auto* index = data<std::int32_t>(rows);
  Floats row = floats(x.shape().last());
  for (std::int64_t m = 0; m < rows.numel(); ++m) {
    load_row(x, index[m], row.data());
    store_row(y, m, row.data());
  }
}

void gather_rows_backward(Context&, const Tensor& dx, const Tensor& dy, const Tensor& rows) {
  const auto* index = data<std::int32_t>(rows);
  const std::int64_t width = dx.shape().last();
  Floats gradient = floats(width);
  for (std::int64_t m = 0; m < rows.numel(); ++m) {
    load_row(dy, m, gradient.data());
    float* out = data<float>(dx) + index[m] * width;
    for (std::int64_t c = 0; c < width; ++c) out[c] += gradient[static_cast<std::size_t>(c)];
  }
}

}  // namespace lucie::ref
