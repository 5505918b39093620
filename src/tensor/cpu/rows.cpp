// Norms, activations, rotations and elementwise operations, over ranges of rows or elements.
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

void rmsnorm_forward(Context& ctx, const Tensor& y, const Tensor& h, const Tensor& rstd,
                     const Tensor& x, const Tensor& branch, const Tensor& w, float eps) {
  const std::int64_t rows = x.shape().rows(), width = x.shape().last();
  if (rows == 0) return;
  ScratchPieces scratch(ctx, bytes_as_floats(w));
  const RmsnormForward op{.y = writable(y),
                          .h = h.defined() ? data<float>(h) : nullptr,
                          .rstd = rstd.defined() ? data<float>(rstd) : nullptr,
                          .x = data<float>(x),
                          .branch = readable(branch),
                          .w = as_floats(ctx, scratch, w),
                          .eps = eps,
                          .width = width};
  parallel_ranges(ctx, rows, rows_per_task(width), [&](std::int64_t begin, std::int64_t end) {
    kernels_of(ctx).rmsnorm_forward(op, begin, end);
  });
}

// Each block of rows has its own partial dw; they are added up in the order of the blocks.
void rmsnorm_backward(Context& ctx, const Tensor& dh, const Tensor& dw, const Tensor& dy,
                      const Tensor& h, const Tensor& rstd, const Tensor& w) {
  constexpr std::int64_t kLeastRows = 32, kMostBlocks = 256;
  const Kernels& kernels = kernels_of(ctx);
  const std::int64_t rows = h.shape().rows(), width = h.shape().last();
  if (rows == 0) return;
  const std::int64_t block = std::max(kLeastRows, (rows + kMostBlocks - 1) / kMostBlocks);
  const std::int64_t blocks = (rows + block - 1) / block;
  const std::int64_t partial_size = dw.defined() ? blocks * width : 0;
  ScratchPieces scratch(
      ctx, bytes_as_floats(w) + ScratchPieces::piece_bytes(Element::kF32, partial_size));
  const RmsnormBackward op{.dh = data<float>(dh),
                           .dy = readable(dy),
                           .h = data<float>(h),
                           .rstd = data<float>(rstd),
                           .w = as_floats(ctx, scratch, w),
                           .width = width};
  const Array partials = scratch.take(Element::kF32, partial_size);
  parallel_ranges(ctx, rows, block, [&](std::int64_t begin, std::int64_t end) {
    float* partial = nullptr;
    if (dw.defined()) {
      partial = static_cast<float*>(partials.data) + begin / block * width;
      std::fill_n(partial, width, 0.0f);
    }
    kernels.rmsnorm_backward(op, partial, begin, end);
  });
  if (!dw.defined()) return;
  const Array total = writable(dw);
  for (std::int64_t i = 0; i < blocks; ++i) {
    kernels.add(total, read(total), at(read(partials), i * width), width);
  }
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

}  // namespace lucie::cpu
