// Norms, and sums over rows: the gradients of their weights and of biases.
#include "tensor/cpu/device.h"

namespace lucie::cpu {
namespace {

// Rows that are summed up by one task: fixed by their number alone.
std::int64_t block_rows(std::int64_t rows) {
  constexpr std::int64_t kLeastRows = 32, kMostBlocks = 256;
  return std::max(kLeastRows, (rows + kMostBlocks - 1) / kMostBlocks);
}

// A sum over rows in the making: each block of rows has its own partial sum, and they are added to
// the total in the order of the blocks. An undefined total has none.
class RowSums {
 public:
  RowSums(const Tensor& total, std::int64_t rows)
      : width_(total.defined() ? total.numel() : 0),
        block_(block_rows(rows)),
        blocks_((rows + block_ - 1) / block_),
        total_(writable(total)) {}

  std::size_t bytes() const { return ScratchPieces::piece_bytes(Element::kF32, blocks_ * width_); }
  void take(ScratchPieces& scratch) { partials_ = scratch.take(Element::kF32, blocks_ * width_); }

  // The zeroed sum of the block that begins at this row, or null.
  float* start(std::int64_t row) const {
    if (width_ == 0) return nullptr;
    float* partial = static_cast<float*>(partials_.data) + row / block_ * width_;
    std::fill_n(partial, width_, 0.0f);
    return partial;
  }
  void add_up(const Kernels& kernels) const {
    if (width_ == 0) return;
    for (std::int64_t i = 0; i < blocks_; ++i) {
      kernels.add(total_, read(total_), at(read(partials_), i * width_), width_);
    }
  }

 private:
  std::int64_t width_, block_, blocks_;
  Array total_, partials_{};
};

float* floats_of(const Tensor& x) {
  return x.defined() ? data<float>(x) : nullptr;
}

}  // namespace

void rmsnorm_forward(Context& ctx, const Tensor& y, const Tensor& h, const Tensor& rstd,
                     const Tensor& x, const Tensor& branch, const Tensor& w, float eps) {
  const std::int64_t rows = x.shape().rows(), width = x.shape().last();
  if (rows == 0) return;
  ScratchPieces scratch(ctx, bytes_as_floats(w));
  const RmsnormForward op{.y = writable(y),
                          .h = floats_of(h),
                          .rstd = floats_of(rstd),
                          .x = data<float>(x),
                          .branch = readable(branch),
                          .w = as_floats(ctx, scratch, w),
                          .eps = eps,
                          .width = width};
  parallel_ranges(ctx, rows, rows_per_task(width), [&](std::int64_t begin, std::int64_t end) {
    kernels_of(ctx).rmsnorm_forward(op, begin, end);
  });
}

void rmsnorm_backward(Context& ctx, const Tensor& dh, const Tensor& dw, const Tensor& dy,
                      const Tensor& h, const Tensor& rstd, const Tensor& w) {
  const Kernels& kernels = kernels_of(ctx);
  const std::int64_t rows = h.shape().rows(), width = h.shape().last();
  if (rows == 0) return;
  RowSums dw_sums(dw, rows);
  ScratchPieces scratch(ctx, bytes_as_floats(w) + dw_sums.bytes());
  dw_sums.take(scratch);
  const RmsnormBackward op{.dh = data<float>(dh),
                           .dy = readable(dy),
                           .h = data<float>(h),
                           .rstd = data<float>(rstd),
                           .w = as_floats(ctx, scratch, w),
                           .width = width};
  parallel_ranges(ctx, rows, block_rows(rows), [&](std::int64_t begin, std::int64_t end) {
    kernels.rmsnorm_backward(op, dw_sums.start(begin), begin, end);
  });
  dw_sums.add_up(kernels);
}

void layernorm_forward(Context& ctx, const Tensor& y, const Tensor& h, const Tensor& mean,
                       const Tensor& rstd, const Tensor& x, const Tensor& branch, const Tensor& w,
                       const Tensor& bias, float eps) {
  const std::int64_t rows = x.shape().rows(), width = x.shape().last();
  if (rows == 0) return;
  ScratchPieces scratch(ctx, bytes_as_floats(w) + bytes_as_floats(bias));
  const LayernormForward op{.y = writable(y),
                            .h = floats_of(h),
                            .mean = floats_of(mean),
                            .rstd = floats_of(rstd),
                            .x = data<float>(x),
                            .branch = readable(branch),
                            .w = as_floats(ctx, scratch, w),
                            .bias = as_floats(ctx, scratch, bias),
                            .eps = eps,
                            .width = width};
  parallel_ranges(ctx, rows, rows_per_task(width), [&](std::int64_t begin, std::int64_t end) {
    kernels_of(ctx).layernorm_forward(op, begin, end);
  });
}

void layernorm_backward(Context& ctx, const Tensor& dh, const Tensor& dw, const Tensor& dbias,
                        const Tensor& dy, const Tensor& h, const Tensor& mean, const Tensor& rstd,
                        const Tensor& w) {
  const Kernels& kernels = kernels_of(ctx);
  const std::int64_t rows = h.shape().rows(), width = h.shape().last();
  if (rows == 0) return;
  RowSums dw_sums(dw, rows), dbias_sums(dbias, rows);
  ScratchPieces scratch(ctx, bytes_as_floats(w) + dw_sums.bytes() + dbias_sums.bytes());
  dw_sums.take(scratch);
  dbias_sums.take(scratch);
  const LayernormBackward op{.dh = data<float>(dh),
                             .dy = readable(dy),
                             .h = data<float>(h),
                             .mean = data<float>(mean),
                             .rstd = data<float>(rstd),
                             .w = as_floats(ctx, scratch, w),
                             .width = width};
  parallel_ranges(ctx, rows, block_rows(rows), [&](std::int64_t begin, std::int64_t end) {
    kernels.layernorm_backward(op, dw_sums.start(begin), dbias_sums.start(begin), begin, end);
  });
  dw_sums.add_up(kernels);
  dbias_sums.add_up(kernels);
}

void bias_backward(Context& ctx, const Tensor& dbias, const Tensor& dy) {
  const Kernels& kernels = kernels_of(ctx);
  const std::int64_t rows = dy.shape().rows(), width = dy.shape().last();
  if (rows == 0 || width == 0) return;
  RowSums sums(dbias, rows);
  ScratchPieces scratch(ctx, sums.bytes());
  sums.take(scratch);
  parallel_ranges(ctx, rows, block_rows(rows), [&](std::int64_t begin, std::int64_t end) {
    kernels.sum_rows(sums.start(begin), readable(dy), width, begin, end);
  });
  sums.add_up(kernels);
}

}  // namespace lucie::cpu
