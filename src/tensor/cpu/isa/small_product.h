// Products of small matrices in cache, for attention. Anonymous for the reason in vec.h.
#pragma once

#include "tensor/cpu/isa/arithmetic.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

// c(M, N) f32 = or += a(M, K) b(K, N), in units along K. M is a multiple of 4, N of 16; a may have
// any strides (a transposed matrix is as good), b and c have unit stride along N.
struct SmallProduct {
  float* c;
  i64 c_stride;
  const float* a;
  i64 a_row, a_column;
  const float* b;
  i64 b_stride;
  i64 m, n, k;
};

// kRows x kVectors sums in registers: enough of them to hide the latency of the multiply-add (4
// cycles, one or two a cycle), and few loads for each.
template <typename Arithmetic, int kRows, int kVectors, bool kAccumulate>
inline void product_tile(const SmallProduct& p, i64 m, i64 n) {
  V sums[kRows][kVectors];
  float* c = p.c + m * p.c_stride + n;
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < kVectors; ++j) {
      sums[i][j] = kAccumulate ? load(c + i * p.c_stride + j * kLanes) : V{};
    }
  }
  const float* a = p.a + m * p.a_row;
  const float* b = p.b + n;
  for (i64 k = 0; k < p.k; ++k) {
    V columns[kVectors];
    for (int j = 0; j < kVectors; ++j) columns[j] = load(b + k * p.b_stride + j * kLanes);
    for (int i = 0; i < kRows; ++i) {
      const V value = set1(a[i * p.a_row + k * p.a_column]);
      for (int j = 0; j < kVectors; ++j) {
        sums[i][j] = Arithmetic::multiply_add(value, columns[j], sums[i][j]);
      }
    }
  }
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < kVectors; ++j) store(c + i * p.c_stride + j * kLanes, sums[i][j]);
  }
}

template <typename Arithmetic, int kRows, int kVectors, bool kAccumulate>
inline void product_columns(const SmallProduct& p, i64 n) {
  i64 m = 0;
  for (; m + kRows <= p.m; m += kRows)
    product_tile<Arithmetic, kRows, kVectors, kAccumulate>(p, m, n);
  for (; m + 4 <= p.m; m += 4) product_tile<Arithmetic, 4, kVectors, kAccumulate>(p, m, n);
  // Rows come in fours; tiles of 6 or 14 can leave two of them.
  for (; m + 2 <= p.m; m += 2) product_tile<Arithmetic, 2, kVectors, kAccumulate>(p, m, n);
}

template <typename Arithmetic, bool kAccumulate>
inline void small_product(const SmallProduct& p) {
  i64 n = 0;
  if constexpr (kLanes == 16) {  // 32 registers
    for (; n + 64 <= p.n; n += 64) product_columns<Arithmetic, 6, 4, kAccumulate>(p, n);
    for (; n + 32 <= p.n; n += 32) product_columns<Arithmetic, 12, 2, kAccumulate>(p, n);
    for (; n + 16 <= p.n; n += 16) product_columns<Arithmetic, 14, 1, kAccumulate>(p, n);
  } else {  // 16 registers
    constexpr int kRows = kLanes == 8 ? 6 : 4;
    for (; n + 2 * kLanes <= p.n; n += 2 * kLanes)
      product_columns<Arithmetic, kRows, 2, kAccumulate>(p, n);
  }
}

}  // namespace
}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
