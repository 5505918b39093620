#include "tensor/cpu/products.h"

#include <algorithm>
#include <vector>

#include "tensor/cpu/isa.h"

namespace lucie::cpu {
namespace {

// Whether weights are read as they are stored.
bool few_rows(const Context& ctx, std::int64_t rows) {
  constexpr std::int64_t kFew = 16;
  if (ctx.product_form() == ProductForm::kByCount) return rows < kFew;
  return ctx.product_form() == ProductForm::kFewRows;
}

std::int64_t round_up(std::int64_t n, std::int64_t step) {
  return (n + step - 1) / step * step;
}

std::int64_t parts_of(std::int64_t whole, std::int64_t part) {
  return (whole + part - 1) / part;
}

struct Tiling {
  std::int64_t rows, columns;
  std::int64_t tasks(const Gemm& p) const { return parts_of(p.m, rows) * parts_of(p.n, columns); }
};

// As large as a call takes, then cut until there are enough to share among threads, each still long
// against its hand-over. Every tile packs its columns of b, and its rows of a where those do not
// stand along k: then tiles are fewer and near square, else columns are cut first.
Tiling tiling(const Gemm& p) {
  constexpr std::int64_t kRowStep = 12, kColumnStep = 64, kFewestRows = 96;
  const bool in_place = p.a.column_stride == 1;
  const double most = in_place ? 16 : 8, task = in_place ? 1 << 22 : 1 << 24;  // multiply-adds
  const double all = static_cast<double>(p.m) * static_cast<double>(p.n) * static_cast<double>(p.k);
  const auto wanted = static_cast<std::int64_t>(std::clamp(all / task, 1.0, most));
  Tiling tiles{std::min(round_up(p.m, kRowStep), kGemmRows),
               std::min(round_up(p.n, kColumnStep), kGemmColumns)};
  while (tiles.tasks(p) < wanted) {
    if (tiles.columns > kColumnStep && (in_place || tiles.columns >= tiles.rows)) {
      tiles.columns = round_up(tiles.columns / 2, kColumnStep);
    } else if (tiles.rows > kFewestRows) {
      tiles.rows = round_up(tiles.rows / 2, kRowStep);
    } else {
      break;
    }
  }
  return tiles;
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

// Rows of x as they meet w: f32, or bf16 where kernels multiply that.
class MeetingRows {
 public:
  MeetingRows(Context& ctx, const Tensor& x, const Tensor& w, bool as_stored) : ctx_(ctx), x_(x) {
    rounds_ = ctx.products() == Products::kRounded && w.dtype() == DType::kBF16 &&
              x.dtype() == DType::kF32;
    const bool bf16 = w.dtype() == DType::kBF16 && (rounds_ || x.dtype() == DType::kBF16);
    const bool multiplied = !as_stored && has_bf16_products(kernels_of(ctx));
    type_ = bf16 && multiplied ? Element::kBF16 : Element::kF32;
  }

  std::size_t bytes() const {
    if (!rounds_) return bytes_as_type(x_, type_);
    const std::size_t rounded = bytes_as_type(x_, Element::kBF16);
    if (type_ == Element::kBF16) return rounded;
    return rounded + ScratchPieces::piece_bytes(type_, x_.numel());
  }

  ConstArray take(ScratchPieces& scratch) const {
    if (!rounds_) return as_type(ctx_, scratch, x_, type_);
    const ConstArray rounded = as_type(ctx_, scratch, x_, Element::kBF16);
    if (type_ == Element::kBF16) return rounded;
    const Array floats = scratch.take(type_, x_.numel());
    const auto body = [&](std::int64_t begin, std::int64_t end) {
      kernels_of(ctx_).convert(at(floats, begin), at(rounded, begin), end - begin);
    };
    parallel_ranges(ctx_, x_.numel(), rows_per_task(1), body);
    return read(floats);
  }

 private:
  Context& ctx_;
  const Tensor& x_;
  bool rounds_;
  Element type_;
};

GemmScratch gemm_scratch() {
  constexpr std::int64_t kA = kGemmRows * kGemmBlock, kB = kGemmColumns * kGemmBlock;
  constexpr std::int64_t kFloats = kA + kB + kGemmRows * kGemmColumns;
  auto* floats = static_cast<float*>(thread_scratch(Slot::kGemm, kFloats * sizeof(float)));
  return {floats, floats + kA, floats + kA + kB};
}

// About 64 KB of weights in a task: long against the hand-over, short against the whole.
std::int64_t outputs_per_task(const Tensor& w) {
  constexpr std::size_t kBytes = 65536;
  const std::size_t stride = std::max<std::size_t>(1, row_bytes(w.dtype(), w.shape().last()));
  return round_up(static_cast<std::int64_t>(std::max<std::size_t>(1, kBytes / stride)), 4);
}

void matmul_few_rows(Context& ctx, const Projections& products) {
  const Kernels& kernels = kernels_of(ctx);
  const MeetingRows rows(ctx, products.x, products.w(), true);
  ScratchPieces scratch(ctx, rows.bytes() + products.bias_bytes());
  const ConstArray input = rows.take(scratch);
  std::vector<Matvec> each;
  for (const Projection& p : products.each) {
    each.push_back({.y = writable(p.y),
                    .x = static_cast<const float*>(input.data),
                    .w = readable(p.w),
                    .bias = as_floats(ctx, scratch, p.bias),
                    .rows = products.x.shape().rows(),
                    .outputs = p.w.shape().rows(),
                    .inputs = p.w.shape().last(),
                    .accumulate = products.accumulate});
  }
  parallel_outputs(ctx, products, outputs_per_task(products.w()),
                   [&](std::size_t i, std::int64_t begin, std::int64_t end) {
                     kernels.matvec(each[i], begin, end);
                   });
}

// Weights of another type are decoded some rows at a time, each once.
void matmul_decoding(Context& ctx, const Gemm& product, const Tensor& w) {
  constexpr std::int64_t kColumns = 128;
  const Kernels& kernels = kernels_of(ctx);
  parallel_ranges(ctx, product.n, kColumns, [&](std::int64_t begin, std::int64_t end) {
    const auto bytes = static_cast<std::size_t>((end - begin) * product.k) * sizeof(float);
    const Array rows{thread_scratch(Slot::kWeights, bytes), Element::kF32};
    decode_rows(kernels, rows, w, begin, end - begin);
    Gemm columns = product;
    columns.b.values = read(rows);
    columns.c = at(product.c, begin);
    if (product.bias != nullptr) columns.bias = product.bias + begin;
    columns.n = end - begin;
    for (std::int64_t m = 0; m < columns.m; m += kGemmRows) {
      kernels.gemm(tile_of(columns, m, 0, {kGemmRows, kColumns}), gemm_scratch());
    }
  });
}

void matmul_many_rows(Context& ctx, const Tensor& x, const Projection& p, bool accumulate) {
  const std::int64_t outputs = p.w.shape().rows(), width = p.w.shape().last();
  const MeetingRows rows(ctx, x, p.w, false);
  ScratchPieces scratch(ctx, rows.bytes() + bytes_as_floats(p.bias));
  const Gemm product{.c = writable(p.y),
                     .c_stride = outputs,
                     .a = {rows.take(scratch), width, 1},
                     .b = {readable(p.w), 1, width},
                     .bias = as_floats(ctx, scratch, p.bias),
                     .m = x.shape().rows(),
                     .n = outputs,
                     .k = width,
                     .accumulate = accumulate};
  if (p.w.dtype() != DType::kF32 && p.w.dtype() != DType::kBF16) {
    return matmul_decoding(ctx, product, p.w);
  }
  parallel_gemm(ctx, product);
}

void multiply(Context& ctx, const Projections& products) {
  const std::int64_t rows = products.x.shape().rows();
  if (rows == 0) return;
  if (ctx.products() == Products::kRounded && dtype_info(products.w().dtype()).quantized) {
    return rounded_matmul(ctx, products);
  }
  if (few_rows(ctx, rows)) return matmul_few_rows(ctx, products);
  for (const Projection& p : products.each) {
    matmul_many_rows(ctx, products.x, p, products.accumulate);
  }
}

}  // namespace

Element type_of_rows(Context& ctx, const Tensor& a, const Tensor& b) {
  const bool both = a.dtype() == DType::kBF16 && b.dtype() == DType::kBF16;
  return both && has_bf16_products(kernels_of(ctx)) ? Element::kBF16 : Element::kF32;
}

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

void parallel_gemm(Context& ctx, const Gemm& product) {
  const Kernels& kernels = kernels_of(ctx);
  const Tiling tiles = tiling(product);
  const std::int64_t across = parts_of(product.n, tiles.columns);
  ctx.pool().run(tiles.tasks(product), [&](std::int64_t task, int) {
    const std::int64_t m = task / across * tiles.rows, n = task % across * tiles.columns;
    kernels.gemm(tile_of(product, m, n, tiles), gemm_scratch());
  });
}

std::size_t Projections::bias_bytes() const {
  std::size_t bytes = 0;
  for (const Projection& p : each) bytes += bytes_as_floats(p.bias);
  return bytes;
}

void matmul(Context& ctx, const Tensor& y, const Tensor& x, const Tensor& w, const Tensor& bias,
            bool accumulate) {
  const Projection product{y, w, bias};
  multiply(ctx, {x, {&product, 1}, accumulate});
}

// Those next to each other whose weights are read alike are one run of the pool.
void matmuls(Context& ctx, std::span<const Projection> products, const Tensor& x) {
  while (!products.empty()) {
    const DType type = products[0].w.dtype();
    std::size_t count = 1;
    while (count < products.size() && products[count].w.dtype() == type) ++count;
    multiply(ctx, {x, products.first(count), false});
    products = products.subspan(count);
  }
}

void matmul_dx(Context& ctx, const Tensor& dx, const Tensor& dy, const Tensor& w, bool accumulate) {
  const std::int64_t rows = dy.shape().rows(), width = w.shape().last(), outputs = w.shape().rows();
  if (rows == 0 || width == 0) return;
  const Element type = type_of_rows(ctx, dy, w);
  ScratchPieces scratch(ctx, bytes_as_type(dy, type));
  parallel_gemm(ctx, {.c = writable(dx),
                      .c_stride = width,
                      .a = {as_type(ctx, scratch, dy, type), outputs, 1},
                      .b = {readable(w), width, 1},
                      .m = rows,
                      .n = width,
                      .k = outputs,
                      .accumulate = accumulate});
}

void matmul_dw(Context& ctx, const Tensor& dw, const Tensor& dy, const Tensor& x) {
  const std::int64_t rows = x.shape().rows(), width = x.shape().last(), outputs = dy.shape().last();
  if (rows == 0 || width == 0 || outputs == 0) return;
  const Element type = type_of_rows(ctx, dy, x);
  ScratchPieces scratch(ctx, bytes_as_type(dy, type));
  parallel_gemm(ctx, {.c = writable(dw),
                      .c_stride = width,
                      .a = {as_type(ctx, scratch, dy, type), 1, outputs},
                      .b = {readable(x), width, 1},
                      .m = outputs,
                      .n = width,
                      .k = rows,
                      .accumulate = true});
}

}  // namespace lucie::cpu
