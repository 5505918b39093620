#include <cstring>

#include "base/error.h"
#include "tensor/cpu/device.h"

namespace lucie::cpu {
namespace {

constexpr std::int64_t kElementsPerTask = 1 << 16;

}  // namespace

void copy_from_host(Context& ctx, const Tensor& dst, const void* src) {
  if (dst.bytes() == 0) return;
  auto* to = data<std::byte>(dst);
  const auto* from = static_cast<const std::byte*>(src);
  parallel_ranges(ctx, static_cast<std::int64_t>(dst.bytes()), 4 * kElementsPerTask,
                  [&](std::int64_t begin, std::int64_t end) {
                    std::memcpy(to + begin, from + begin, static_cast<std::size_t>(end - begin));
                  });
}

// By the thread that calls: models are written in pieces, by all threads at once.
void copy_to_host(Context&, void* dst, const Tensor& src) {
  if (src.bytes() != 0) std::memcpy(dst, data<std::byte>(src), src.bytes());
}

void fill(Context& ctx, const Tensor& x, float value) {
  if (x.numel() == 0) return;
  if (x.dtype() == DType::kI32) {
    std::fill_n(data<std::int32_t>(x), x.numel(), static_cast<std::int32_t>(value));
    return;
  }
  const bool wide = x.dtype() == DType::kF32;
  const std::uint16_t half = x.dtype() == DType::kF16 ? float_to_f16(value) : float_to_bf16(value);
  parallel_ranges(ctx, x.numel(), kElementsPerTask, [&](std::int64_t begin, std::int64_t end) {
    if (wide) {
      std::fill(data<float>(x) + begin, data<float>(x) + end, value);
    } else {
      std::fill(data<std::uint16_t>(x) + begin, data<std::uint16_t>(x) + end, half);
    }
  });
}

// The shapes may differ in all but the number of elements; only a quantized source has rows.
void copy(Context& ctx, const Tensor& dst, const Tensor& src) {
  LUCIE_ASSERT(dst.numel() == src.numel());
  if (src.numel() == 0) return;
  if (dst.dtype() == src.dtype()) {
    if (data<std::byte>(dst) == data<std::byte>(src)) return;
    std::memmove(data<std::byte>(dst), data<std::byte>(src), src.bytes());
    return;
  }
  const std::int64_t width = src.shape().last();
  parallel_ranges(
      ctx, src.shape().rows(), rows_per_task(width), [&](std::int64_t begin, std::int64_t end) {
        decode_rows(kernels_of(ctx), at(writable(dst), begin * width), src, begin, end - begin);
      });
}

void gather_rows(Context& ctx, const Tensor& y, const Tensor& x, const Tensor& rows) {
  const std::int64_t width = x.shape().last();
  const auto* index = data<std::int32_t>(rows);
  parallel_ranges(ctx, rows.numel(), rows_per_task(width),
                  [&](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t m = begin; m < end; ++m) {
                      decode_rows(kernels_of(ctx), at(writable(y), m * width), x, index[m], 1);
                    }
                  });
}

// Threads take columns, so each sum runs in the order of m.
void gather_rows_backward(Context& ctx, const Tensor& dx, const Tensor& dy, const Tensor& rows) {
  constexpr std::int64_t kColumns = 64;
  const std::int64_t width = dx.shape().last();
  if (rows.numel() == 0 || width == 0) return;
  const auto* index = data<std::int32_t>(rows);
  const Array sums = writable(dx);
  parallel_ranges(ctx, width, kColumns, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t m = 0; m < rows.numel(); ++m) {
      const Array row = at(sums, index[m] * width + begin);
      kernels_of(ctx).add(row, read(row), at(readable(dy), m * width + begin), end - begin);
    }
  });
}

}  // namespace lucie::cpu
