// Activations, rotations and elementwise operations, over ranges of rows or elements.
#include "tensor/cpu/device.h"

namespace lucie::cpu {
namespace {

constexpr std::int64_t kElementsPerTask = 16384;

}  // namespace

void add(Context& ctx, const Tensor& y, const Tensor& a, const Tensor& b) {
  const Array out = writable(y);
  const ConstArray left = readable(a), right = readable(b);
  if (y.numel() == 0) return;
  parallel_ranges(ctx, y.numel(), kElementsPerTask, [&](std::int64_t begin, std::int64_t end) {
    kernels_of(ctx).add(at(out, begin), at(left, begin), at(right, begin), end - begin);
  });
}

void scale(Context& ctx, const Tensor& x, float factor) {
  const Array values = writable(x);
  if (x.numel() == 0) return;
  parallel_ranges(ctx, x.numel(), kElementsPerTask, [&](std::int64_t begin, std::int64_t end) {
    kernels_of(ctx).scale(at(values, begin), factor, end - begin);
  });
}

void rope(Context& ctx, const Tensor& x, const Tensor& positions, const Tensor& table,
          RopeStyle style, bool inverse) {
  const std::int64_t rows = x.dim(0), row_size = x.dim(1) * x.dim(2);
  if (rows == 0) return;
  ScratchPieces scratch(ctx, bytes_as_floats(table));
  const Rope op{.x = writable(x),
                .positions = data<std::int32_t>(positions),
                .table = as_floats(ctx, scratch, table),
                .heads = x.dim(1),
                .head_dim = x.dim(2),
                .rotary = table.shape().last(),
                .interleaved = style == RopeStyle::kInterleaved,
                .inverse = inverse};
  parallel_ranges(ctx, rows, rows_per_task(row_size), [&](std::int64_t begin, std::int64_t end) {
    kernels_of(ctx).rope(op, begin, end);
  });
}

void swiglu_forward(Context& ctx, const Tensor& y, const Tensor& gate, const Tensor& up) {
  const SwigluForward op{writable(y), readable(gate), readable(up)};
  if (y.numel() == 0) return;
  parallel_ranges(ctx, y.numel(), kElementsPerTask, [&](std::int64_t begin, std::int64_t end) {
    kernels_of(ctx).swiglu_forward(op, begin, end);
  });
}

void swiglu_backward(Context& ctx, const Tensor& dgate, const Tensor& dup, const Tensor& dy,
                     const Tensor& gate, const Tensor& up) {
  const SwigluBackward op{writable(dgate), writable(dup), readable(dy), readable(gate),
                          readable(up)};
  if (dy.numel() == 0) return;
  parallel_ranges(ctx, dy.numel(), kElementsPerTask, [&](std::int64_t begin, std::int64_t end) {
    kernels_of(ctx).swiglu_backward(op, begin, end);
  });
}

void gelu_forward(Context& ctx, const Tensor& y, const Tensor& x, Gelu form) {
  const GeluForward op{writable(y), readable(x), form == Gelu::kTanh};
  if (x.numel() == 0) return;
  parallel_ranges(ctx, x.numel(), kElementsPerTask, [&](std::int64_t begin, std::int64_t end) {
    kernels_of(ctx).gelu_forward(op, begin, end);
  });
}

void gelu_backward(Context& ctx, const Tensor& dx, const Tensor& dy, const Tensor& x, Gelu form) {
  const GeluBackward op{writable(dx), readable(dy), readable(x), form == Gelu::kTanh};
  if (x.numel() == 0) return;
  parallel_ranges(ctx, x.numel(), kElementsPerTask, [&](std::int64_t begin, std::int64_t end) {
    kernels_of(ctx).gelu_backward(op, begin, end);
  });
}

}  // namespace lucie::cpu
