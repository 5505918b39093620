// Matrix products after Goto and van de Geijn (2008): a panel of b, packed, stays in the cache
// while rows of a stream past it, a few at a time against all of the panel's columns, with the sums
// in registers. k is cut into blocks by its length alone, so the order of a sum does not depend on
// the tile (docs/decisions/own-products.md).
#include <cstddef>

#include "tensor/cpu/isa/arithmetic.h"
#include "tensor/cpu/isa/gemm_pack.h"
#include "tensor/cpu/isa/table.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

// Sums in registers: enough to hide the latency of a multiply-add, and few loads for each.
#if defined(__AVX512F__)
constexpr int kRows = 6, kVectors = 4;  // 24 of 32 registers
#elif defined(__AVX2__)
constexpr int kRows = 6, kVectors = 2;  // 12 of 16
#else
constexpr int kRows = 4, kVectors = 2;
#endif
constexpr i64 kPanel = kVectors * kLanes;  // columns of b side by side

// Units of k in a block: alike in all blocks of a product, whose number is the least.
i64 units_per_block(i64 units) {
  const i64 blocks = (units + kGemmBlock - 1) / kGemmBlock;
  return (units + blocks - 1) / blocks;
}

// Rows of a as units: `row` bytes apart within a group of kGroup, `unit` bytes from one to the
// next.
struct Rows {
  const std::byte* data;
  i64 row, unit, group;
};

// Packed rows stand in groups, so that a unit of a few of them takes few lines of the cache.
constexpr i64 kGroup = 48;

inline V broadcast(const std::byte* p) {
  float value;
  __builtin_memcpy(&value, p, sizeof value);
  return set1(value);
}

// What becomes of the sums of one block of k.
struct Output {
  const Gemm& product;
  float* sums;  // of the blocks before, in rows of kGemmColumns
  bool first, last;
};

template <int kCount>
using Sums = V[kCount][kVectors];

template <int kCount>
[[gnu::always_inline]] inline void add_partial(Sums<kCount>& sums, const float* partial) {
  for (int i = 0; i < kCount; ++i) {
    for (int j = 0; j < kVectors; ++j) {
      sums[i][j] = load(partial + i * kGemmColumns + j * kLanes) + sums[i][j];
    }
  }
}

template <int kCount>
[[gnu::always_inline]] inline void store_partial(const Sums<kCount>& sums, float* partial) {
  for (int i = 0; i < kCount; ++i) {
    for (int j = 0; j < kVectors; ++j) store(partial + i * kGemmColumns + j * kLanes, sums[i][j]);
  }
}

template <int kCount>
[[gnu::always_inline]] inline void add_bias(Sums<kCount>& sums, const float* bias, i64 columns) {
  for (int j = 0; j < kVectors && j * kLanes < columns; ++j) {
    const V value = load_up_to(bias + j * kLanes, columns - j * kLanes);
    for (int i = 0; i < kCount; ++i) sums[i][j] = sums[i][j] + value;
  }
}

template <int kCount, typename C>
[[gnu::always_inline]] inline void store_sums(const Sums<kCount>& sums, C* c, i64 stride,
                                              bool accumulate) {
  for (int i = 0; i < kCount; ++i) {
    for (int j = 0; j < kVectors; ++j) {
      C* at = c + i * stride + j * kLanes;
      store(at, accumulate ? load(at) + sums[i][j] : sums[i][j]);
    }
  }
}

template <int kCount, typename C>
[[gnu::noinline]] void store_some_sums(const Sums<kCount>& sums, C* c, i64 stride, bool accumulate,
                                       i64 columns) {
  for (i64 j = 0; j * kLanes < columns; ++j) {
    for (int i = 0; i < kCount; ++i) {
      C* at = c + i * stride + j * kLanes;
      const i64 count = columns - j * kLanes;
      store_up_to(at, accumulate ? load_up_to(at, count) + sums[i][j] : sums[i][j], count);
    }
  }
}

// Rows that finish() will read or write.
template <int kCount>
[[gnu::always_inline]] inline void prefetch_rows(const void* start, i64 stride, i64 bytes) {
  const auto* row = static_cast<const std::byte*>(start);
  for (int i = 0; i < kCount; ++i) {
    for (i64 j = 0; j < bytes; j += 64) __builtin_prefetch(row + i * stride + j, 1);
  }
}

template <int kCount>
[[gnu::always_inline]] inline void prefetch_output(const Output& out, i64 m, i64 n) {
  const Gemm& p = out.product;
  if (!out.first || !out.last) {
    prefetch_rows<kCount>(out.sums + m * kGemmColumns + n, kGemmColumns * 4, kPanel * 4);
  }
  if (out.last && p.c.type == Element::kBF16) {
    prefetch_rows<kCount>(static_cast<Bf16*>(p.c.data) + m * p.c_stride + n, p.c_stride * 2,
                          kPanel * 2);
  } else if (out.last) {
    prefetch_rows<kCount>(static_cast<float*>(p.c.data) + m * p.c_stride + n, p.c_stride * 4,
                          kPanel * 4);
  }
}

template <int kCount>
[[gnu::always_inline]] inline void finish(const Output& out, Sums<kCount>& sums, i64 m, i64 n) {
  const Gemm& p = out.product;
  float* partial = out.sums + m * kGemmColumns + n;
  if (!out.first) add_partial<kCount>(sums, partial);
  if (!out.last) return store_partial<kCount>(sums, partial);
  const i64 columns = p.n - n;
  if (p.bias != nullptr) add_bias<kCount>(sums, p.bias + n, columns);
  with_array(p.c, [&](auto* c) {
    auto* at = c + m * p.c_stride + n;
    if (columns >= kPanel) {
      store_sums<kCount>(sums, at, p.c_stride, p.accumulate);
    } else {
      Sums<kCount> copy;  // so that the sums themselves can stay in registers
      for (int i = 0; i < kCount; ++i) {
        for (int j = 0; j < kVectors; ++j) copy[i][j] = sums[i][j];
      }
      store_some_sums<kCount>(copy, at, p.c_stride, p.accumulate, columns);
    }
  });
}

// Rows m ... m + kCount - 1, which stand at `row`, times the panel of columns n ...
template <typename Arithmetic, int kCount>
inline void multiply_rows(const Output& out, const Rows& a, const std::byte* row, const float* b,
                          i64 units, i64 m, i64 n) {
  Sums<kCount> sums = {};
  prefetch_output<kCount>(out, m, n);
  for (i64 k = 0; k < units; ++k) {
    V columns[kVectors];
    for (int j = 0; j < kVectors; ++j) columns[j] = load(b + k * kPanel + j * kLanes);
    for (int i = 0; i < kCount; ++i) {
      const V value = broadcast(row + i * a.row);
      for (int j = 0; j < kVectors; ++j) {
        sums[i][j] = Arithmetic::multiply_add(value, columns[j], sums[i][j]);
      }
    }
    row += a.unit;
  }
  finish<kCount>(out, sums, m, n);
}

template <typename Arithmetic, int kCount>
inline void multiply_last_rows(const Output& out, const Rows& a, const std::byte* row,
                               const float* b, i64 units, i64 m, i64 n) {
  if (out.product.m - m == kCount) {
    multiply_rows<Arithmetic, kCount>(out, a, row, b, units, m, n);
  } else if constexpr (kCount > 1) {
    multiply_last_rows<Arithmetic, kCount - 1>(out, a, row, b, units, m, n);
  }
}

template <typename Arithmetic>
void multiply_panel(const Output& out, const Rows& a, const float* b, i64 units, i64 n) {
  for (i64 m = 0; m < out.product.m; m += kRows) {
    const std::byte* row = a.data + m / kGroup * a.group + m % kGroup * a.row;
    if (m + kRows <= out.product.m) {
      multiply_rows<Arithmetic, kRows>(out, a, row, b, units, m, n);
    } else {
      multiply_last_rows<Arithmetic, kRows - 1>(out, a, row, b, units, m, n);
    }
  }
}

// Values k ... k + depth - 1 of a's rows as units.
template <typename Form>
Rows rows_of(const Gemm& p, float* packed, i64 k, i64 depth) {
  using Value = typename Form::Value;
  constexpr i64 kBytes = sizeof(Value);
  const auto* a = static_cast<const Value*>(p.a.values.data) + k * p.a.column_stride;
  if (p.a.column_stride == 1 && depth % Form::kValues == 0 && Form::kValues * kBytes == 4) {
    const i64 row = p.a.row_stride * kBytes;
    return {reinterpret_cast<const std::byte*>(a), row, 4, row * kGroup};
  }
  const Lanes<Form> lanes{a, p.a.row_stride, p.a.column_stride, p.m, depth};
  pack(packed, kGroup, lanes);
  return {reinterpret_cast<const std::byte*>(packed), 4, kGroup * 4, kGroup * lanes.units() * 4};
}

template <typename Arithmetic, typename FormA, typename FormB>
void multiply(const Gemm& p, const GemmScratch& scratch) {
  constexpr i64 kValues = FormA::kValues;
  const i64 most = units_per_block((p.k + kValues - 1) / kValues) * kValues;
  const auto* b = static_cast<const typename FormB::Value*>(p.b.values.data);
  for (i64 k = 0; k < p.k; k += most) {
    const i64 depth = p.k - k < most ? p.k - k : most;
    const Output out{p, scratch.sums, k == 0, k + depth == p.k};
    const Rows rows = rows_of<FormA>(p, scratch.a, k, depth);
    const Lanes<FormB> columns{b + k * p.b.row_stride, p.b.column_stride, p.b.row_stride, p.n,
                               depth};
    const i64 units = columns.units();
    pack(scratch.b, kPanel, columns);
    for (i64 n = 0; n < p.n; n += kPanel) {
      multiply_panel<Arithmetic>(out, rows, scratch.b + n * units, units, n);
    }
  }
}

}  // namespace

void gemm(const Gemm& product, const GemmScratch& scratch) {
#if defined(__AVX512BF16__)
  if (product.a.values.type == Element::kBF16) {
    return multiply<Pairwise, Pairs, Pairs>(product, scratch);
  }
#endif
  if (product.b.values.type == Element::kBF16) {
    multiply<Singly, Singles<float>, Singles<Bf16>>(product, scratch);
  } else {
    multiply<Singly, Singles<float>, Singles<float>>(product, scratch);
  }
}

}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
