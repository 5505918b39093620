// What the attention kernels share: heads of (B, T, heads, D) tensors packed for the products, in
// f32 or, where the instruction set multiplies it and all is bf16, in pairs of bf16. Anonymous for
// the reason given in vec.h.
#pragma once

#include "tensor/cpu/isa/gemm_pack.h"
#include "tensor/cpu/isa/small_product.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

constexpr i64 kTile = kAttentionBlock;

// The two arithmetics. A tile of (kTile, kTile) values stands "along" for the products that sum
// over its columns, "across" for those that sum over its rows; in f32 one form serves both.
struct InFloats {
  using Arithmetic = Singly;
  using Value = float;
  template <typename T>
  using Form = Singles<T>;
  static constexpr i64 kValues = 1;  // in a unit

  template <typename Body>
  static void with(ConstArray x, const Body& body) {
    with_float_array(x, body);
  }
  // Values of rows r and r + 1 from column s on.
  static void store_across(float* tile, i64 r, i64 s, V upper, V lower) {
    store(tile + r * kTile + s, upper);
    store(tile + (r + 1) * kTile + s, lower);
  }
};
#if defined(__AVX512BF16__)
struct InPairs {
  using Arithmetic = Pairwise;
  using Value = Bf16;
  template <typename T>
  using Form = Pairs;
  static constexpr i64 kValues = 2;

  template <typename Body>
  static void with(ConstArray x, const Body& body) {
    body(static_cast<const Bf16*>(x.data));
  }
  static void store_across(float* tile, i64 r, i64 s, V upper, V lower) {
    const auto narrow = [](V v) {
      return _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh((__m512)v));
    };
    store(tile + r / 2 * kTile + s,
          (V)_mm512_or_si512(narrow(upper), _mm512_slli_epi32(narrow(lower), 16)));
  }
};
#endif

// Calls body with the arithmetic of a call whose tensors are of these types.
template <typename Body>
inline void with_mode([[maybe_unused]] const Attention& op, const Body& body) {
#if defined(__AVX512BF16__)
  if (op.q.type == Element::kBF16) return body(InPairs());
#endif
  body(InFloats());
}

// Rows of one head of one sequence.
struct HeadRows {
  ConstArray x;  // (B, T, heads, D)
  i64 first;     // element of row 0
  i64 stride;    // elements between rows
  i64 width, padded;
};

inline HeadRows head_rows(ConstArray x, i64 row, i64 heads, i64 head, const Attention& op) {
  return {x, (row * heads + head) * op.head_dim, heads * op.head_dim, op.head_dim, op.padded};
}

// out(count, padded) = factor * rows, zero beyond the width and beyond `valid` rows.
template <typename Out>
inline void pack_rows(Out* out, const HeadRows& rows, float factor, i64 count, i64 valid) {
  with_float_array(rows.x, [&](const auto* x) {
    for (i64 t = 0; t < count; ++t) {
      const auto* row = x + rows.first + t * rows.stride;
      const i64 width = t < valid ? rows.width : 0;
      for (i64 d = 0; d < rows.padded; d += kLanes) {
        const V value = d < width ? load_up_to(row + d, width - d) * set1(factor) : V{};
        store(out + t * rows.padded + d, value);
      }
    }
  });
}

// The same without a factor, in the values of a mode: a left side for products that sum over D.
template <typename Mode>
inline void pack_left(float* out, const HeadRows& rows, i64 count, i64 valid) {
  pack_rows(reinterpret_cast<typename Mode::Value*>(out), rows, 1.0f, count, valid);
}

// Right sides, a block of kTile rows after the other; they start `kTile * padded / kValues` floats
// apart. Transposed: for products that sum over D, (units of D, kTile).
template <typename Mode>
inline void pack_transposed(float* out, const HeadRows& rows, i64 count) {
  Mode::with(rows.x, [&]<typename T>(const T* x) {
    for (i64 t = 0; t < count; t += kTile) {
      const i64 lanes = count - t < kTile ? count - t : kTile;
      pack(out + t * rows.padded / Mode::kValues, kTile,
           Lanes<typename Mode::template Form<T>>{x + rows.first + t * rows.stride, rows.stride, 1,
                                                  lanes, rows.width});
    }
  });
}

// As they stand, for products that sum over the rows: (units of kTile, padded).
template <typename Mode>
inline void pack_upright(float* out, const HeadRows& rows, i64 count) {
  Mode::with(rows.x, [&]<typename T>(const T* x) {
    for (i64 t = 0; t < count; t += kTile) {
      const i64 depth = count - t < kTile ? count - t : kTile;
      const Lanes<typename Mode::template Form<T>> lanes{x + rows.first + t * rows.stride, 1,
                                                         rows.stride, rows.width, depth};
      float* block = out + t * rows.padded / Mode::kValues;
      pack(block, rows.padded, lanes);
      const i64 end = kTile / Mode::kValues * rows.padded;
      for (i64 i = lanes.units() * rows.padded; i < end; i += kLanes) store(block + i, V{});
    }
  });
}

inline void unpack_rows(Array x, i64 first, i64 stride, i64 width, const float* packed, i64 padded,
                        i64 count) {
  with_array(x, [&](auto* out) {
    for (i64 t = 0; t < count; ++t) {
      for (i64 d = 0; d < width; d += kLanes) {
        store_up_to(out + first + t * stride + d, load(packed + t * padded + d), width - d);
      }
    }
  });
}

// The bias of a query head at keys 0, 1, ..., or null.
inline const float* bias_of(const Attention& op, i64 head) {
  return op.bias == nullptr ? nullptr : op.bias + head * op.bias_stride;
}

inline i64 round_up(i64 n) {
  return (n + kTile - 1) / kTile * kTile;
}

// Units of D.
template <typename Mode>
inline i64 depth_of(const Attention& op) {
  return (op.head_dim + Mode::kValues - 1) / Mode::kValues;
}

inline void clear(float* x, i64 n) {
  for (i64 i = 0; i < n; i += kLanes) store(x + i, V{});
}

}  // namespace
}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
