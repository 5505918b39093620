// y(N, O) = x(N, I) w(O, I)^T for few rows N: the weights are read once, as they are stored and in
// the order in which they stand, and memory is what it waits for. (Four rows of w side by side,
// which loads x less often, read at half the speed: the hardware prefetches one long stream best.)
// Each output has four sums of kLanes lanes, so its order is that of k alone, whatever N and O are.
#include "tensor/cpu/isa/table.h"
#include "tensor/cpu/isa/typed.h"
#include "tensor/cpu/isa/weights.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

constexpr int kChains = 4;            // hides the latency of the multiply-add
constexpr i64 kPrefetchBytes = 2048;  // ahead, into the rows that follow

template <int kRows>
struct Sums {
  V at[kChains][kRows] = {};
};

template <int kCount, typename W>
inline void prefetch(const W* w) {
  constexpr int kBytes = kCount * static_cast<int>(sizeof(W));
  const char* ahead = reinterpret_cast<const char*>(w) + kPrefetchBytes;
  for (int i = 0; i < kBytes; i += 64) __builtin_prefetch(ahead + i);
}

template <int kRows, typename W>
inline void add_vector(V* sums, const W* w, const float* x, i64 inputs, i64 k) {
  const V weight = load_up_to(w + k, inputs - k);
  for (int n = 0; n < kRows; ++n) {
    sums[n] = fma(weight, load_up_to(x + n * inputs + k, inputs - k), sums[n]);
  }
}

template <int kRows, typename W>
inline void dot(Sums<kRows>& sums, const W* w, const float* x, i64 inputs) {
  i64 k = 0;
  for (; k + kChains * kLanes <= inputs; k += kChains * kLanes) {
    for (int i = 0; i < kChains; ++i) {
      const i64 at = k + i * kLanes;
      const V weight = load(w + at);
      for (int n = 0; n < kRows; ++n) {
        sums.at[i][n] = fma(weight, load(x + n * inputs + at), sums.at[i][n]);
      }
    }
    prefetch<kChains * kLanes>(w + k);
  }
  for (int i = 0; k < inputs; ++i, k += kLanes) {
    add_vector<kRows>(sums.at[i], w, x, inputs, k);
  }
}

// Within a block the integers are multiplied; the block's scale comes in once at the end.
template <int kRows, typename Block>
inline void add_block(V* sums, const Block& block, const float* x, i64 inputs) {
  const V d = set1(f16_to_f32(block.d.bits));
  V q[kBlock / kLanes];
  for (int j = 0; j < kBlock / kLanes; ++j) q[j] = quants(block, j * kLanes);
  for (int n = 0; n < kRows; ++n) {
    const float* values = x + n * inputs;
    V part = q[0] * load(values), total = load(values);
    for (int j = 1; j < kBlock / kLanes; ++j) {
      const V value = load(values + j * kLanes);
      part = fma(q[j], value, part);
      total = total + value;
    }
    sums[n] = fma(d, part, sums[n]);
    if constexpr (kHasMinimum<Block>) sums[n] = fma(minimum(block), total, sums[n]);
  }
}

template <int kRows, SmallBlock Block>
inline void dot(Sums<kRows>& sums, const Block* w, const float* x, i64 inputs) {
  const i64 blocks = inputs / kBlock;
  i64 b = 0;
  for (; b + kChains <= blocks; b += kChains) {
    for (int i = 0; i < kChains; ++i) {
      add_block<kRows>(sums.at[i], w[b + i], x + (b + i) * kBlock, inputs);
    }
    prefetch<kChains>(w + b);
  }
  for (int i = 0; b < blocks; ++i, ++b) {
    add_block<kRows>(sums.at[i], w[b], x + b * kBlock, inputs);
  }
}

// Scales change every 16 or 32 elements, so that weights are decoded before they are multiplied.
template <int kRows, BigBlock Block>
inline void dot(Sums<kRows>& sums, const Block* w, const float* x, i64 inputs) {
  for (i64 b = 0; b < inputs / kBigBlock; ++b) {
    const Scales scales = scales_of(w[b]);
    for (int j = 0; j < kBigBlock; j += kChains * kLanes) {
      for (int i = 0; i < kChains; ++i) {
        const int at = j + i * kLanes;
        const V weight = decode(w[b], scales, at);
        const float* values = x + b * kBigBlock + at;
        for (int n = 0; n < kRows; ++n) {
          sums.at[i][n] = fma(weight, load(values + n * inputs), sums.at[i][n]);
        }
      }
    }
    prefetch<1>(w + b);
  }
}

// Output o of rows n ... n + kRows - 1.
template <int kRows, typename W>
void output(const Matvec& op, const W* w, i64 o, i64 n) {
  Sums<kRows> sums;
  dot(sums, w, op.x + n * op.inputs, op.inputs);
  with_array(op.y, [&](auto* y) {
    for (int j = 0; j < kRows; ++j) {
      auto* out = y + (n + j) * op.outputs + o;
      const V total = (sums.at[0][j] + sums.at[1][j]) + (sums.at[2][j] + sums.at[3][j]);
      float value = reduce_sum(total);
      if (op.bias != nullptr) value += op.bias[o];
      store_one(out, op.accumulate ? load_one(out) + value : value);
    }
  });
}

}  // namespace

void matvec(const Matvec& op, i64 begin, i64 end) {
  with_weights(op.w, [&]<typename W>(const W* w) {
    const i64 stride = op.inputs / kElementsOf<W>;
    for (i64 o = begin; o < end; ++o) {
      i64 n = 0;
      for (; n + 4 <= op.rows; n += 4) output<4>(op, w + o * stride, o, n);
      for (; n < op.rows; ++n) output<1>(op, w + o * stride, o, n);
    }
  });
}

}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
