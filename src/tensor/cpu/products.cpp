#include "tensor/cpu/products.h"

#include <cstring>

#include "tensor/cpu/isa.h"

namespace lucie::cpu {
namespace {

constexpr std::int64_t kFewRows = 16;  // below it weights are read as they are stored

std::int64_t round_up(std::int64_t n, std::int64_t step) {
  return (n + step - 1) / step * step;
}

Gemm tile_of(const Gemm& p, std::int64_t m, std::int64_t n, const Tiling& tiles) {
  Gemm tile = p;
  tile.m = std::min(tiles.rows, p.m - m);
  tile.n = std::min(tiles.columns, p.n - n);
  tile.a.values = at(p.a.values, m * p.a.row_stride);
  tile.b.values = at(p.b.values, n * p.b.column_stride);
  tile.c = at(p.c, m * p.c_stride + n);
  if (p.bias != nullptr) tile.bias = p.bias + n;
  return tile;
}

// The elements of a vector, `stride` apart, one behind the other.
ConstArray packed(ConstArray vector, std::int64_t stride, std::int64_t count) {
  const auto size = static_cast<std::size_t>(element_bytes(vector.type));
  auto* out = static_cast<std::byte*>(
      thread_scratch(Slot::kVector, size * static_cast<std::size_t>(count)));
  for (std::int64_t i = 0; i < count; ++i) {
    std::memcpy(out + static_cast<std::size_t>(i) * size, at(vector, i * stride).data, size);
  }
  return {out, vector.type};
}

// oneDNN 3.7 takes a lone row or column with a stride for one without: the row is packed, and the
// column goes through f32 sums, one row behind the other. So does bf16 that is not of bf16 sources,
// which no version writes.
void gemm_any_output(const Kernels& kernels, const Gemm& tile) {
  if (tile.m == 1 && tile.a.column_stride != 1) {
    Gemm row = tile;
    row.a = {packed(tile.a.values, tile.a.column_stride, tile.k), tile.k, 1};
    return gemm_any_output(kernels, row);
  }
  const bool lone_column = tile.n == 1 && tile.c_stride != 1;
  const bool writable = tile.c.type == Element::kF32 || tile.a.values.type == Element::kBF16;
  if (writable && !lone_column) return gemm(tile);
  const auto bytes = static_cast<std::size_t>(tile.m * tile.n) * sizeof(float);
  const Array sums{thread_scratch(Slot::kSums, bytes), Element::kF32};
  Gemm whole = tile;
  whole.c = sums;
  whole.c_stride = tile.n;
  whole.accumulate = false;
  gemm(whole);
  for (std::int64_t m = 0; m < tile.m; ++m) {
    const Array c = at(tile.c, m * tile.c_stride);
    const ConstArray row = at(read(sums), m * tile.n);
    if (tile.accumulate) {
      kernels.add(c, read(c), row, tile.n);
    } else {
      kernels.convert(c, row, tile.n);
    }
  }
}

// x itself when it is of this type already, else converted into scratch memory.
ConstArray as_type(Context& ctx, ScratchPieces& scratch, const Tensor& x, Element type) {
  if (element_of(x.dtype()) == type) return readable(x);
  const Array converted = scratch.take(type, x.numel());
  const std::int64_t width = x.shape().last();
  parallel_ranges(
      ctx, x.shape().rows(), rows_per_task(width), [&](std::int64_t begin, std::int64_t end) {
        decode_rows(kernels_of(ctx), at(converted, begin * width), x, begin, end - begin);
      });
  return read(converted);
}

std::size_t bytes_as_type(const Tensor& x, Element type) {
  if (element_of(x.dtype()) == type) return 0;
  return ScratchPieces::piece_bytes(type, x.numel());
}

// About 64 KB of weights in a task: long against the hand-over, short against the whole.
std::int64_t outputs_per_task(const Tensor& w) {
  constexpr std::size_t kBytes = 65536;
  const std::size_t stride = std::max<std::size_t>(1, row_bytes(w.dtype(), w.shape().last()));
  return round_up(static_cast<std::int64_t>(std::max<std::size_t>(1, kBytes / stride)), 4);
}

void matmul_few_rows(Context& ctx, const Tensor& y, const Tensor& x, const Tensor& w,
                     const Tensor& bias, bool accumulate) {
  const Kernels& kernels = kernels_of(ctx);
  ScratchPieces scratch(ctx, bytes_as_type(x, Element::kF32) + bytes_as_floats(bias));
  const ConstArray input = as_type(ctx, scratch, x, Element::kF32);
  const std::int64_t outputs = w.shape().rows();
  const Matvec op{.y = writable(y),
                  .x = static_cast<const float*>(input.data),
                  .w = readable(w),
                  .bias = as_floats(ctx, scratch, bias),
                  .rows = x.shape().rows(),
                  .outputs = outputs,
                  .inputs = w.shape().last(),
                  .accumulate = accumulate};
  parallel_ranges(ctx, outputs, outputs_per_task(w),
                  [&](std::int64_t begin, std::int64_t end) { kernels.matvec(op, begin, end); });
}

// Weights of another type are decoded tile by tile, each once.
void matmul_decoding(Context& ctx, Gemm product, const Tensor& w) {
  constexpr std::int64_t kColumns = 128;
  const Kernels& kernels = kernels_of(ctx);
  parallel_ranges(ctx, product.n, kColumns, [&](std::int64_t begin, std::int64_t end) {
    const auto bytes = static_cast<std::size_t>((end - begin) * product.k) * sizeof(float);
    const Array rows{thread_scratch(Slot::kWeights, bytes), Element::kF32};
    decode_rows(kernels, rows, w, begin, end - begin);
    Gemm tile = product;
    tile.b.values = read(rows);
    tile.c = at(product.c, begin);
    if (product.bias != nullptr) tile.bias = product.bias + begin;
    tile.n = end - begin;
    gemm_any_output(kernels, tile);
  });
}

}  // namespace

bool multiplies_bf16(Context& ctx, DType a, DType b) {
  return a == DType::kBF16 && b == DType::kBF16 && has_bf16_products(kernels_of(ctx));
}

Tiling tiling(std::int64_t m, std::int64_t n) {
  constexpr std::int64_t kRows = 256, kMostColumns = 512, kTasks = 8;
  if (m >= 2 * kRows) return {kRows, n};
  return {m, std::clamp<std::int64_t>(round_up(n / kTasks, 64), 64, kMostColumns)};
}

void parallel_gemm(Context& ctx, const Gemm& product, const Tiling& tiles) {
  const Kernels& kernels = kernels_of(ctx);
  const std::int64_t across = (product.n + tiles.columns - 1) / tiles.columns;
  const std::int64_t down = (product.m + tiles.rows - 1) / tiles.rows;
  ctx.pool().run(down * across, [&](std::int64_t task, int) {
    const std::int64_t m = task / across * tiles.rows, n = task % across * tiles.columns;
    gemm_any_output(kernels, tile_of(product, m, n, tiles));
  });
}

void matmul(Context& ctx, const Tensor& y, const Tensor& x, const Tensor& w, const Tensor& bias,
            bool accumulate) {
  const std::int64_t rows = x.shape().rows(), width = w.shape().last(), outputs = w.shape().rows();
  if (rows == 0 || outputs == 0) return;
  if (rows < kFewRows) return matmul_few_rows(ctx, y, x, w, bias, accumulate);
  const Element type = multiplies_bf16(ctx, x.dtype(), w.dtype()) ? Element::kBF16 : Element::kF32;
  ScratchPieces scratch(ctx, bytes_as_type(x, type) + bytes_as_floats(bias));
  Gemm product{.c = writable(y),
               .c_stride = outputs,
               .a = {as_type(ctx, scratch, x, type), width, 1},
               .b = {{nullptr, type}, 1, width},
               .bias = as_floats(ctx, scratch, bias),
               .m = rows,
               .n = outputs,
               .k = width,
               .accumulate = accumulate};
  if (bytes_as_type(w, type) != 0) return matmul_decoding(ctx, product, w);
  product.b.values = readable(w);
  parallel_gemm(ctx, product, tiling(rows, outputs));
}

void matmul_dx(Context& ctx, const Tensor& dx, const Tensor& dy, const Tensor& w, bool accumulate) {
  const std::int64_t rows = dy.shape().rows(), width = w.shape().last(), outputs = w.shape().rows();
  if (rows == 0 || width == 0) return;
  const Element type = multiplies_bf16(ctx, dy.dtype(), w.dtype()) ? Element::kBF16 : Element::kF32;
  ScratchPieces scratch(ctx, bytes_as_type(dy, type) + bytes_as_type(w, type));
  const ConstArray gradient = as_type(ctx, scratch, dy, type);
  const ConstArray weights = as_type(ctx, scratch, w, type);
  parallel_gemm(ctx,
                {.c = writable(dx),
                 .c_stride = width,
                 .a = {gradient, outputs, 1},
                 .b = {weights, width, 1},
                 .m = rows,
                 .n = width,
                 .k = outputs,
                 .accumulate = accumulate},
                tiling(rows, width));
}

void matmul_dw(Context& ctx, const Tensor& dw, const Tensor& dy, const Tensor& x) {
  const std::int64_t rows = x.shape().rows(), width = x.shape().last(), outputs = dy.shape().last();
  if (rows == 0 || width == 0 || outputs == 0) return;
  const Element type = multiplies_bf16(ctx, dy.dtype(), x.dtype()) ? Element::kBF16 : Element::kF32;
  ScratchPieces scratch(ctx, bytes_as_type(dy, type) + bytes_as_type(x, type));
  const ConstArray gradient = as_type(ctx, scratch, dy, type);
  const ConstArray input = as_type(ctx, scratch, x, type);
  const std::int64_t tile_rows = outputs >= 2048 ? 256 : outputs >= 512 ? 128 : 64;
  parallel_gemm(ctx,
                {.c = writable(dw),
                 .c_stride = width,
                 .a = {gradient, 1, outputs},
                 .b = {input, width, 1},
                 .m = outputs,
                 .n = width,
                 .k = rows,
                 .accumulate = true},
                {tile_rows, std::min<std::int64_t>(width, 2048)});
}

}  // namespace lucie::cpu
