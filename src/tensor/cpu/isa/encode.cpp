// Weights to quantized blocks of 32 elements, by ggml's quantizers bit for bit: from the extremes
// of a block, or, where columns have an importance, by a search over scales (encode_fits.h).
#include "tensor/cpu/isa/blocks.h"
#include "tensor/cpu/isa/encode_fits.h"
#include "tensor/cpu/isa/table.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

template <typename Block>
constexpr int kTop = requires(Block block) {
  block.high;
}
? 31 : 15;

// Codes j and j + 16 share byte j; a fifth bit of code j becomes bit j of `high`.
template <typename Block>
inline void put_codes(const std::uint8_t* codes, Block& block) {
  for (int j = 0; j < 16; ++j) {
    block.q[j] = static_cast<std::uint8_t>((codes[j] & 15) | (codes[j + 16] & 15) << 4);
  }
  if constexpr (kTop<Block> == 31) {
    std::uint32_t high = 0;
    for (int j = 0; j < 32; ++j) high |= static_cast<std::uint32_t>(codes[j] >> 4 & 1) << j;
    __builtin_memcpy(block.high, &high, sizeof high);
  }
}

// Towards zero and into 0 ... top, outside of which ggml's casts are undefined. NaN gives 0.
inline VI truncated(V x, int top) {
  const V highest = set1(static_cast<float>(top));
  const V capped = x < highest ? x : highest;
  return __builtin_convertvector(x > 0.0f ? capped : V{}, VI);
}

struct Extremes {
  float lowest, highest;  // NaN counts for neither
};

inline Extremes extremes(const float* x) {
  constexpr float kMost = 3.40282347e+38f;
  V low = set1(kMost), high = set1(-kMost);
  for (int i = 0; i < kBlock; i += kLanes) {
    const V v = load(x + i);
    low = v < low ? v : low;
    high = v > high ? v : high;
  }
  Extremes ends{-reduce_max(-low), reduce_max(high)};
  for (int i = kBlock; i-- > 0 && ends.lowest == 0.0f;) {  // the first zero's sign
    if (x[i] == 0.0f) ends.lowest = x[i];
  }
  return ends;
}

// The value of greatest magnitude, the first of equals.
inline float greatest(const float* x, Extremes ends) {
  if (-ends.lowest > ends.highest) return ends.lowest;
  if (-ends.lowest < ends.highest) return ends.highest;
  for (int i = 0; i < kBlock && ends.highest > 0.0f; ++i) {
    if (x[i] == ends.highest || x[i] == ends.lowest) return x[i];
  }
  return 0.0f;
}

// As in ggml, codes come from the unrounded scale, though the block keeps it as f16. Without a
// minimum the value of greatest magnitude becomes code 0, whichever its sign.
template <typename Block>
inline void encode_by_extremes(const float* x, Block& block) {
  alignas(64) std::uint8_t codes[kBlock];
  const Extremes ends = extremes(x);
  float d, shift = 0.0f, zero = 0.5f;
  if constexpr (kHasMinimum<Block>) {
    shift = ends.lowest;
    d = (ends.highest - ends.lowest) / static_cast<float>(kTop<Block>);
    block.m.bits = f32_to_f16(ends.lowest);
  } else {
    constexpr int kZero = (kTop<Block> + 1) / 2;
    zero += static_cast<float>(kZero);
    d = greatest(x, ends) / static_cast<float>(-kZero);
  }
  block.d.bits = f32_to_f16(d);
  const V id = set1(inverse(d));
  for (int i = 0; i < kBlock; i += kLanes) {
    const V code = (load(x + i) - set1(shift)) * id + set1(zero);
    store_bytes(codes + i, truncated(code, kTop<Block>));
  }
  put_codes(codes, block);
}

inline void encode_block(const float* x, Q80& block) {
  V most{};
  for (int i = 0; i < kBlock; i += kLanes) most = max(abs(load(x + i)), most);
  const float d = reduce_max(most) / 127.0f;
  block.d.bits = f32_to_f16(d);
  const V id = set1(inverse(d));
  for (int i = 0; i < kBlock; i += kLanes) {
    const V v = load(x + i) * id;
    const V bounded = v < 127.0f ? (v > -127.0f ? v : set1(-127.0f)) : set1(127.0f);
    // Half away from zero. The difference is exact, where bounded + 0.5 might round up.
    const VI whole = __builtin_convertvector(bounded, VI);
    const V rest = bounded - to_float(whole);
    const VI code = whole - (rest >= 0.5f) + (rest <= -0.5f);  // true is -1
    store_bytes(reinterpret_cast<std::uint8_t*>(block.q) + i, code);
  }
}

template <typename Block>
void encode_all(const float* x, Block* blocks, i64 count) {
  for (i64 b = 0; b < count; ++b) {
    if constexpr (__is_same(Block, Q80)) {
      encode_block(x + b * kBlock, blocks[b]);
    } else {
      encode_by_extremes(x + b * kBlock, blocks[b]);
    }
  }
}

template <typename Block>
inline void encode_searched(const float* x, const Fits& fits, int g, Block& block) {
  alignas(64) std::uint8_t codes[kBlock];
  constexpr int kZero = kHasMinimum<Block> ? 0 : (kTop<Block> + 1) / 2;
  const Range range{-kZero, kTop<Block> - kZero};
  codes_by_search(x, kBlock, fits.iscale[g], fits.base[g], range, codes);
  block.d.bits = f32_to_f16(fits.scale[g]);
  if constexpr (kHasMinimum<Block>) block.m.bits = f32_to_f16(-fits.minimum[g]);
  put_codes(codes, block);
}

template <typename Block>
void encode_by_importance(const float* x, const float* importance, Block* blocks, i64 count) {
  const float squares = sum_of_squares_in_order(x, count * kBlock);
  const V sigma2 = set1(squares / static_cast<float>(count * kBlock));
  Groups<kBlock> groups;
  Fits fits;
  for (i64 b = 0; b < count; b += kGroups) {
    const int some = static_cast<int>(count - b < kGroups ? count - b : kGroups);
    transpose<kBlock>(x + b * kBlock, some, groups.values);
    transpose<kBlock>(importance + b * kBlock, some, groups.weights);
    for (int at = 0; at < some; at += kLanes) {
      weigh_by_importance(groups, at, sigma2);
      if constexpr (kHasMinimum<Block>) {
        fit_affine(groups, at, {kTop<Block>, -0.9f, 0.05f, 36, false}, fits);
      } else {
        fit_symmetric(groups, at, (kTop<Block> + 1) / 2, fits);
      }
    }
    for (int g = 0; g < some; ++g) {
      encode_searched(x + (b + g) * kBlock, fits, g, blocks[b + g]);
    }
  }
}

// The mean square counts twice here, and of each block alone.
void encode_uneven(const float* x, const float* importance, IQ4NL* blocks, i64 count) {
  Groups<kBlock> groups;
  Fits fits;
  for (i64 b = 0; b < count; b += kGroups) {
    const int some = static_cast<int>(count - b < kGroups ? count - b : kGroups);
    transpose<kBlock>(x + b * kBlock, some, groups.values);
    if (importance != nullptr) transpose<kBlock>(importance + b * kBlock, some, groups.weights);
    for (int at = 0; at < some; at += kLanes) {
      V squares{};
      for (int i = 0; i < kBlock; ++i) squares += groups.value(i, at) * groups.value(i, at);
      if (importance != nullptr) {
        weigh_by_importance(groups, at, squares * (2.0f / kBlock));
      } else {
        weigh_by_squares(groups, at);
      }
      fit_uneven(groups, at, fits);
    }
    for (int g = 0; g < some; ++g) {
      alignas(64) std::uint8_t codes[kBlock];
      uneven_codes(x + (b + g) * kBlock, kBlock, inverse(fits.scale[g]), codes);
      blocks[b + g].d.bits = f32_to_f16(fits.scale[g]);
      put_codes(codes, blocks[b + g]);
    }
  }
}

template <typename Block>
void encode_small(const float* x, const float* importance, void* blocks, i64 n) {
  auto* to = static_cast<Block*>(blocks);
  const i64 count = n / kBlock;
  if constexpr (__is_same(Block, IQ4NL)) {
    encode_uneven(x, importance, to, count);
  } else if constexpr (__is_same(Block, Q80)) {
    encode_all(x, to, count);
  } else if (importance != nullptr) {
    encode_by_importance(x, importance, to, count);
  } else {
    encode_all(x, to, count);
  }
}

}  // namespace

void encode(Array blocks, const float* x, const float* importance, std::int64_t n) {
  switch (blocks.type) {
    case Element::kQ8_0:
      return encode_small<Q80>(x, importance, blocks.data, n);
    case Element::kQ4_0:
      return encode_small<Q40>(x, importance, blocks.data, n);
    case Element::kQ4_1:
      return encode_small<Q41>(x, importance, blocks.data, n);
    case Element::kQ5_0:
      return encode_small<Q50>(x, importance, blocks.data, n);
    case Element::kQ5_1:
      return encode_small<Q51>(x, importance, blocks.data, n);
    case Element::kIQ4_NL:
      return encode_small<IQ4NL>(x, importance, blocks.data, n);
    default:
      return encode_big(blocks, x, importance, n);
  }
}

}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
