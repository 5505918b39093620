// y(N, O) = x(N, I) w(O, I)^T for few rows N: the weights are read once, as they are stored, and
// memory is what it waits for. A few rows of w are taken together so that x is loaded once for
// them; each output is still summed lane by lane in the order of k, whatever N and O are.
#include "tensor/cpu/isa/blocks.h"
#include "tensor/cpu/isa/table.h"
#include "tensor/cpu/isa/typed.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

template <int kOutputs, int kRows>
struct Sums {
  V at[kOutputs][kRows] = {};
};

template <int kOutputs, int kRows, typename W>
inline void dot_some(Sums<kOutputs, kRows>& sums, const Matvec& op, const W* w, const float* x,
                     i64 k) {
  V weights[kOutputs];
  for (int o = 0; o < kOutputs; ++o) weights[o] = load_up_to(w + o * op.inputs + k, op.inputs - k);
  for (int n = 0; n < kRows; ++n) {
    const V value = load_up_to(x + n * op.inputs + k, op.inputs - k);
    for (int o = 0; o < kOutputs; ++o) {
      sums.at[o][n] = fma(weights[o], value, sums.at[o][n]);
    }
  }
}

template <int kOutputs, int kRows, typename W>
inline void dot(Sums<kOutputs, kRows>& sums, const Matvec& op, const W* w, const float* x) {
  const i64 whole = op.inputs / kLanes * kLanes;
  for (i64 k = 0; k < whole; k += kLanes) {
    V weights[kOutputs];
    for (int o = 0; o < kOutputs; ++o) {
      const W* row = w + o * op.inputs + k;
      weights[o] = load(row);
      __builtin_prefetch(row + kOutputs * op.inputs);
    }
    for (int n = 0; n < kRows; ++n) {
      const V value = load(x + n * op.inputs + k);
      for (int o = 0; o < kOutputs; ++o) {
        sums.at[o][n] = fma(weights[o], value, sums.at[o][n]);
      }
    }
  }
  if (whole < op.inputs) dot_some(sums, op, w, x, whole);
}

// Within a block the integers are multiplied; the block's scale comes in once at the end.
template <int kOutputs, int kRows, typename Block>
inline void dot_blocks(Sums<kOutputs, kRows>& sums, const Matvec& op, const Block* w,
                       const float* x) {
  const i64 blocks = op.inputs / kBlock;
  for (i64 b = 0; b < blocks; ++b) {
    for (int o = 0; o < kOutputs; ++o) {
      const Block& block = w[o * blocks + b];
      const V d = set1(f16_to_f32(block.d.bits));
      V q[kBlock / kLanes];
      for (int j = 0; j < kBlock / kLanes; ++j) q[j] = quants(block, j * kLanes);
      for (int n = 0; n < kRows; ++n) {
        const float* values = x + n * op.inputs + b * kBlock;
        V part = q[0] * load(values), total = load(values);
        for (int j = 1; j < kBlock / kLanes; ++j) {
          const V value = load(values + j * kLanes);
          part = fma(q[j], value, part);
          total = total + value;
        }
        V& sum = sums.at[o][n];
        sum = fma(d, part, sum);
        if constexpr (__is_same(Block, Q41)) sum = fma(set1(offset(block)), total, sum);
      }
    }
  }
}
template <int kOutputs, int kRows>
inline void dot(Sums<kOutputs, kRows>& sums, const Matvec& op, const Q80* w, const float* x) {
  dot_blocks(sums, op, w, x);
}
template <int kOutputs, int kRows>
inline void dot(Sums<kOutputs, kRows>& sums, const Matvec& op, const Q40* w, const float* x) {
  dot_blocks(sums, op, w, x);
}
template <int kOutputs, int kRows>
inline void dot(Sums<kOutputs, kRows>& sums, const Matvec& op, const Q41* w, const float* x) {
  dot_blocks(sums, op, w, x);
}

// Outputs o ... o + kOutputs - 1 of rows n ... n + kRows - 1.
template <int kOutputs, int kRows, typename W>
void tile(const Matvec& op, const W* w, i64 o, i64 n) {
  Sums<kOutputs, kRows> sums;
  dot(sums, op, w, op.x + n * op.inputs);
  with_array(op.y, [&](auto* y) {
    for (int j = 0; j < kRows; ++j) {
      for (int i = 0; i < kOutputs; ++i) {
        auto* out = y + (n + j) * op.outputs + o + i;
        const float value = reduce_sum(sums.at[i][j]);
        store_one(out, op.accumulate ? load_one(out) + value : value);
      }
    }
  });
}

template <int kOutputs, typename W>
void rows(const Matvec& op, const W* w, i64 o) {
  i64 n = 0;
  for (; n + 4 <= op.rows; n += 4) tile<kOutputs, 4>(op, w, o, n);
  for (; n < op.rows; ++n) tile<kOutputs, 1>(op, w, o, n);
}

// `stride`: elements of W in a row.
template <typename W>
void outputs(const Matvec& op, const W* w, i64 stride, i64 begin, i64 end) {
  i64 o = begin;
  for (; o + 4 <= end; o += 4) rows<4>(op, w + o * stride, o);
  for (; o < end; ++o) rows<1>(op, w + o * stride, o);
}

}  // namespace

void matvec(const Matvec& op, i64 begin, i64 end) {
  const void* w = op.w.data;
  const i64 plain = op.inputs, blocks = op.inputs / kBlock;
  switch (op.w.type) {
    case Element::kF32:
      return outputs(op, static_cast<const float*>(w), plain, begin, end);
    case Element::kBF16:
      return outputs(op, static_cast<const Bf16*>(w), plain, begin, end);
    case Element::kF16:
      return outputs(op, static_cast<const F16*>(w), plain, begin, end);
    case Element::kQ8_0:
      return outputs(op, static_cast<const Q80*>(w), blocks, begin, end);
    case Element::kQ4_0:
      return outputs(op, static_cast<const Q40*>(w), blocks, begin, end);
    case Element::kQ4_1:
      return outputs(op, static_cast<const Q41*>(w), blocks, begin, end);
  }
}

}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
