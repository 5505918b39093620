#include <algorithm>
#include <array>
#include <cmath>

#include "tensor/ref/product.h"
#include "tensor/ref/ref.h"

namespace lucie::ref {
namespace {

// Columns summed side by side: each still in the order of k, but the compiler can use whole vector
// registers, which makes the reference fast enough to train the smallest recipes. (Of 64, g++ 12
// vectorizes the inner loop; of 16, it unrolls it and shuffles, five times slower.)
constexpr std::int64_t kTile = 64;

using Tile = std::array<float, kTile>;

Tile dot_columns(const float* a, const float* tile, std::int64_t k) {
  Tile sums{};
  for (std::int64_t i = 0; i < k; ++i) {
    for (std::size_t j = 0; j < kTile; ++j) {
      sums[j] += a[i] * tile[i * kTile + static_cast<std::int64_t>(j)];
    }
  }
  return sums;
}

void add_row(float* out, const Floats& row) {
  for (std::size_t i = 0; i < row.size(); ++i) out[i] += row[i];
}

// As ops.h says of Products::kRounded, for weights of that type.
void round_activations(Floats& x, DType w) {
  if (w == DType::kBF16) {
    for (float& value : x) value = bf16_to_float(float_to_bf16(value));
  }
  if (!dtype_info(w).quantized) return;
  constexpr std::size_t kRun = 32;
  for (std::size_t run = 0; run < x.size(); run += kRun) {
    float most = 0.0f;
    for (std::size_t i = run; i < run + kRun; ++i) {
      const float size = std::fabs(x[i]);
      if (!std::isnan(most) && !(size <= most)) most = size;
    }
    const bool nothing = most < 0x1p-100f;
    const float scale = nothing ? 0.0f : most / 127.0f, factor = nothing ? 0.0f : 127.0f / most;
    for (std::size_t i = run; i < run + kRun; ++i) x[i] = scale * std::nearbyint(x[i] * factor);
  }
}

void finish(const Tensor& y, Floats& product, bool accumulate) {
  if (accumulate) {
    const Floats before = load(y);
    for (std::size_t i = 0; i < product.size(); ++i) product[i] = before[i] + product[i];
  }
  store(y, product);
}

}  // namespace

void multiply(float* out, const float* a, const float* b, const ProductShape& shape) {
  Floats tile = floats(shape.k * kTile);
  for (std::int64_t n = 0; n < shape.n; n += kTile) {
    const std::int64_t columns = std::min(kTile, shape.n - n);
    for (std::int64_t k = 0; k < shape.k; ++k) {
      std::copy_n(b + k * shape.n + n, columns, tile.data() + k * kTile);
    }
    for (std::int64_t m = 0; m < shape.m; ++m) {
      const Tile sums = dot_columns(a + m * shape.k, tile.data(), shape.k);
      std::copy_n(sums.data(), columns, out + m * shape.n + n);
    }
  }
}

Floats transposed(const Floats& b, std::int64_t n, std::int64_t k) {
  Floats result(b.size());
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < k; ++j) {
      result[static_cast<std::size_t>(j * n + i)] = b[static_cast<std::size_t>(i * k + j)];
    }
  }
  return result;
}

void matmul(Context& ctx, const Tensor& y, const Tensor& x, const Tensor& w, const Tensor& bias,
            bool accumulate) {
  const ProductShape shape{x.shape().rows(), w.shape().rows(), w.shape().last()};
  Floats a = load(x);
  if (ctx.products() == Products::kRounded) round_activations(a, w.dtype());
  const Floats b = transposed(load(w), shape.n, shape.k);
  Floats product = floats(shape.m * shape.n);
  multiply(product.data(), a.data(), b.data(), shape);
  if (bias.defined()) {
    const Floats added = load(bias);
    for (std::int64_t m = 0; m < shape.m; ++m) add_row(product.data() + m * shape.n, added);
  }
  finish(y, product, accumulate);
}

void matmuls(Context& ctx, std::span<const Projection> products, const Tensor& x) {
  for (const Projection& p : products) matmul(ctx, p.y, x, p.w, p.bias, false);
}

void matmul_dx(Context&, const Tensor& dx, const Tensor& dy, const Tensor& w, bool accumulate) {
  const ProductShape shape{dy.shape().rows(), w.shape().last(), w.shape().rows()};
  Floats product = floats(shape.m * shape.n);
  multiply(product.data(), load(dy).data(), load(w).data(), shape);
  finish(dx, product, accumulate);
}

void matmul_dw(Context&, const Tensor& dw, const Tensor& dy, const Tensor& x) {
  const ProductShape shape{dy.shape().last(), x.shape().last(), x.shape().rows()};
  const Floats a = transposed(load(dy), shape.k, shape.m);
  Floats product = floats(shape.m * shape.n);
  multiply(product.data(), a.data(), load(x).data(), shape);
  finish(dw, product, true);
}

void bias_backward(Context&, const Tensor& dbias, const Tensor& dy) {
  Floats sums = floats(dbias.numel());
  Floats row(sums.size());
  for (std::int64_t n = 0; n < dy.shape().rows(); ++n) {
    load_row(dy, n, row.data());
    add_row(sums.data(), row);
  }
  add_row(data<float>(dbias), sums);
}

}  // namespace lucie::ref
