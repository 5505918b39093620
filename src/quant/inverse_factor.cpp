#include "quant/inverse_factor.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "tensor/ops.h"

namespace lucie {
namespace {

constexpr std::int64_t kBlock = 128;

std::size_t at(std::int64_t row, std::int64_t column, std::int64_t width) {
  return static_cast<std::size_t>(row * width + column);
}

// Turns a square matrix around, J matrix J: its elements stand in the reverse order.
void turn_around(std::vector<float>* matrix) {
  std::reverse(matrix->begin(), matrix->end());
}

// A matrix on the device and in host memory, of which blocks of rows are made one after the other.
struct Growing {
  std::int64_t n;
  Tensor device;
  std::vector<float> host;

  Growing(Context& ctx, std::int64_t size)
      : n(size),
        device(ctx.zeros(DType::kF32, {size, size})),
        host(static_cast<std::size_t>(size * size), 0.0f) {}
  void send(Context& ctx, std::int64_t row, std::int64_t count) {
    ctx.op().copy_from_host(ctx, device.rows(row, count), host.data() + row * n);
  }
};

// Columns j0 ... j0 + w - 1 of L, from the matrix less what the columns before explain.
void factor_panel(ThreadPool& pool, const std::vector<float>& matrix,
                  const std::vector<float>& explained, std::int64_t j0, Growing* l) {
  const std::int64_t n = l->n, width = std::min(kBlock, n - j0);
  const auto row_of = [&](std::int64_t row, std::int64_t last) {
    float* const out = l->host.data() + row * n + j0;
    for (std::int64_t c = 0; c < last; ++c) {
      double value = matrix[at(row, j0 + c, n)] - explained[at(row - j0, c, width)];
      const float* const pivot = l->host.data() + (j0 + c) * n + j0;
      for (std::int64_t k = 0; k < c; ++k) value -= double{out[k]} * double{pivot[k]};
      if (row != j0 + c) {
        value /= pivot[c];
      } else if (value > 0) {
        value = std::sqrt(value);
      } else {
        fail(ErrorCode::kInvalidArgument, "the matrix is not positive definite", {},
             "calibrate on more text, or damp it more");
      }
      out[c] = static_cast<float>(value);
    }
  };
  for (std::int64_t r = 0; r < width; ++r) row_of(j0 + r, r + 1);
  pool.run(n - j0 - width, [&](std::int64_t i, int) { row_of(j0 + width + i, width); });
}

Growing cholesky(Context& ctx, const std::vector<float>& matrix, std::int64_t n) {
  Growing l(ctx, n);
  for (std::int64_t j0 = 0; j0 < n; j0 += kBlock) {
    const std::int64_t width = std::min(kBlock, n - j0);
    const Tensor explained = ctx.empty(DType::kF32, {n - j0, width});
    ctx.op().matmul(ctx, explained, l.device.rows(j0, n - j0), l.device.rows(j0, width), {}, false);
    factor_panel(ctx.pool(), matrix, ctx.download(explained), j0, &l);
    l.send(ctx, j0, n - j0);
  }
  return l;
}

// Rows i0 ... of inverse(L), `known` being what L's columns before i0 make of the rows above.
void solve_rows(ThreadPool& pool, const Growing& l, const std::vector<float>& known,
                std::int64_t i0, Growing* inverse) {
  constexpr std::int64_t kColumns = 256;
  const std::int64_t n = l.n, width = std::min(kBlock, n - i0), columns = i0 + width;
  pool.run((columns - 1) / kColumns + 1, [&](std::int64_t task, int) {
    const std::int64_t begin = task * kColumns, end = std::min(begin + kColumns, columns);
    std::vector<double> row(static_cast<std::size_t>(end - begin));
    for (std::int64_t r = 0; r < width; ++r) {
      const float* const factors = l.host.data() + (i0 + r) * n + i0;
      for (std::int64_t c = begin; c < end; ++c) {
        row[static_cast<std::size_t>(c - begin)] =
            (c == i0 + r ? 1.0 : 0.0) - double{known[at(r, c, n)]};
      }
      for (std::int64_t s = 0; s < r; ++s) {
        const float* const above = inverse->host.data() + (i0 + s) * n;
        for (std::int64_t c = begin; c < end; ++c) {
          row[static_cast<std::size_t>(c - begin)] -= double{factors[s]} * double{above[c]};
        }
      }
      float* const out = inverse->host.data() + (i0 + r) * n;
      for (std::int64_t c = begin; c < std::min(end, i0 + r + 1); ++c) {
        out[c] = static_cast<float>(row[static_cast<std::size_t>(c - begin)] / factors[r]);
      }
    }
  });
}

std::vector<float> inverse_of(Context& ctx, const Growing& l) {
  Growing inverse(ctx, l.n);
  for (std::int64_t i0 = 0; i0 < l.n; i0 += kBlock) {
    const std::int64_t width = std::min(kBlock, l.n - i0);
    const Tensor known = ctx.empty(DType::kF32, {width, l.n});
    ctx.op().matmul_dx(ctx, known, l.device.rows(i0, width), inverse.device, false);
    solve_rows(ctx.pool(), l, ctx.download(known), i0, &inverse);
    inverse.send(ctx, i0, width);
  }
  return std::move(inverse.host);
}

}  // namespace

std::vector<float> inverse_factor(Context& ctx, std::vector<float> matrix, std::int64_t n) {
  LUCIE_ASSERT(static_cast<std::int64_t>(matrix.size()) == n * n);
  turn_around(&matrix);
  std::vector<float> factor = inverse_of(ctx, cholesky(ctx, matrix, n));
  turn_around(&factor);
  return factor;
}

}  // namespace lucie
