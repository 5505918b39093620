// What the attention kernels share: heads of (B, T, heads, D) tensors as packed f32 matrices.
// Anonymous for the reason given in vec.h.
#pragma once

#include "tensor/cpu/isa/small_product.h"
#include "tensor/cpu/isa/typed.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

constexpr i64 kTile = kAttentionBlock;

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

// out(count, padded) = factor * rows begin ..., zero beyond the width and beyond `valid` rows.
inline void pack_rows(float* out, const HeadRows& rows, float factor, i64 count, i64 valid) {
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

// out(blocks, padded, kTile) = packed rows (count, padded) transposed block by block.
inline void transpose_blocks(float* out, const float* packed, i64 padded, i64 count) {
  for (i64 block = 0; block < count; block += kTile) {
    for (i64 d = 0; d < padded; d += 16) {
      for (i64 t = 0; t < kTile; ++t) {
        const float* row = packed + (block + t) * padded + d;
        float* column = out + block * padded + d * kTile + t;
        for (int i = 0; i < 16; ++i) column[i * kTile] = row[i];
      }
    }
  }
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

// scores(rows, kTile) += bias(kTile) on every row. There are only `keys` of bias, which may be
// null.
inline void add_bias(float* scores, i64 rows, const float* bias, i64 keys) {
  if (bias == nullptr) return;
  V values[kTile / kLanes] = {};
  for (i64 s = 0; s < kTile && s < keys; s += kLanes) {
    values[s / kLanes] = load_up_to(bias + s, keys - s);
  }
  for (i64 r = 0; r < rows; ++r) {
    for (i64 s = 0; s < kTile; s += kLanes) {
      float* score = scores + r * kTile + s;
      store(score, load(score) + values[s / kLanes]);
    }
  }
}

inline i64 round_up(i64 n) {
  return (n + kTile - 1) / kTile * kTile;
}

}  // namespace
}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
