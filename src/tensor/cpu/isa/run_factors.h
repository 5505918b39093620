// Scale and minimum of kLanes successive runs (runs.h), one run to a lane. Anonymous for the reason
// given in vec.h.
#pragma once

#include <utility>

#include "tensor/cpu/isa/runs.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

// Of the first and the second halves of the runs; where the two are alike only [0] is used.
struct Factors {
  V scale[2], minimum[2];
};

// --- blocks of one run

template <typename At, int... kLane>
[[gnu::always_inline]] inline V half_floats(const At& at, std::integer_sequence<int, kLane...>) {
#if defined(__F16C__)
  const VH bits = {at(kLane).bits...};
#if defined(__AVX512F__)
  return (V)_mm512_cvtph_ps((__m256i)bits);
#else
  return (V)_mm256_cvtph_ps((__m128i)bits);
#endif
#else
  return V{f16_to_f32(at(kLane).bits)...};
#endif
}
template <typename At>
[[gnu::always_inline]] inline V half_floats(const At& at) {
  return half_floats(at, std::make_integer_sequence<int, kLanes>());
}

template <SmallBlock W>
[[gnu::always_inline]] inline Factors factors(const W* w, i64 run) {
  Factors f;
  f.scale[0] = half_floats([=](int i) { return w[run + i].d; });
  if constexpr (kHasMinimum<W>) f.minimum[0] = half_floats([=](int i) { return w[run + i].m; });
  return f;
}

// --- blocks of eight runs

// Of kLanes values that belong to one block each 8 (or 16) lanes: of(block) for each.
template <typename Of>
[[gnu::always_inline]] inline V by_block(i64 first, const Of& of) {
  if constexpr (kLanes == 16) {
    return iota(0) < 8 ? set1(of(first)) : set1(of(first + 1));
  } else {
    return set1(of(first));
  }
}

// Bytes as integers in the lanes, of which plain takes four.
inline VI widen(std::uint64_t low, std::uint64_t high) {
#if defined(__AVX512F__)
  return (VI)_mm512_cvtepu8_epi32(
      _mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low)));
#elif defined(__AVX2__)
  static_cast<void>(high);
  return (VI)_mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<long long>(low)));
#else
  static_cast<void>(high);
  VI v;
  for (int i = 0; i < kLanes; ++i) v[i] = static_cast<int>(low >> 8 * i & 255);
  return v;
#endif
}

// The 6-bit scales and minima of Q4K and Q5K, a byte each.
struct SixBits {
  std::uint64_t scales, minima;
};
inline SixBits six_bits(const std::uint8_t* packed) {
  std::uint32_t a, b, c;
  __builtin_memcpy(&a, packed, 4);
  __builtin_memcpy(&b, packed + 4, 4);
  __builtin_memcpy(&c, packed + 8, 4);
  const auto join = [](std::uint32_t low, std::uint32_t nibbles, std::uint32_t top) {
    const std::uint32_t high = (nibbles & 0x0F0F0F0Fu) | (top >> 6 & 0x03030303u) << 4;
    return (low & 0x3F3F3F3Fu) | static_cast<std::uint64_t>(high) << 32;
  };
  return {join(a, c, a), join(b, c >> 4, b)};
}

template <BigBlock W>  // Q4K, Q5K
[[gnu::always_inline]] inline Factors factors(const W* w, i64 run) {
  const i64 block = run / 8;
  SixBits first = six_bits(w[block].scales), second = first;
  if constexpr (kLanes == 16) second = six_bits(w[block + 1].scales);
  if constexpr (kLanes == 4) {
    first.scales >>= 8 * (run % 8);
    first.minima >>= 8 * (run % 8);
  }
  const V d = by_block(block, [=](i64 b) { return f16_to_f32(w[b].d.bits); });
  const V dmin = by_block(block, [=](i64 b) { return f16_to_f32(w[b].dmin.bits); });
  Factors f;
  f.scale[0] = d * to_float(widen(first.scales, second.scales));
  f.minimum[0] = -(dmin * to_float(widen(first.minima, second.minima)));
  return f;
}

// The levels of a block's runs, a byte each.
inline std::uint64_t levels(const IQ4XS& block) {
  std::uint64_t all = 0;
  for (int j = 0; j < 8; ++j) {
    const int level = (block.scales[j / 2] >> 4 * (j % 2) & 15) | (block.high >> 2 * j & 3) << 4;
    all |= static_cast<std::uint64_t>(level) << 8 * j;
  }
  return all;
}

[[gnu::always_inline]] inline Factors factors(const IQ4XS* w, i64 run) {
  const i64 block = run / 8;
  std::uint64_t first = levels(w[block]), second = first;
  if constexpr (kLanes == 16) second = levels(w[block + 1]);
  if constexpr (kLanes == 4) first >>= 8 * (run % 8);
  const V d = by_block(block, [=](i64 b) { return f16_to_f32(w[b].d.bits); });
  Factors f;
  f.scale[0] = d * to_float(widen(first, second) - 32);
  return f;
}

// Lanes of a and b in turn: the even ones and the odd ones.
template <int... kLane>
[[gnu::always_inline]] inline void take_apart(V* out, V a, V b,
                                              std::integer_sequence<int, kLane...>) {
  out[0] = __builtin_shufflevector(a, b, 2 * kLane...);
  out[1] = __builtin_shufflevector(a, b, (2 * kLane + 1)...);
}

// of(block, group) makes kLanes values that start at that group of 16 elements.
template <typename Of>
[[gnu::always_inline]] inline void by_group(V* out, i64 run, const Of& of) {
  const i64 group = 2 * run, next = group + kLanes;
  take_apart(out, of(group / 16, static_cast<int>(group % 16)),
             of(next / 16, static_cast<int>(next % 16)), std::make_integer_sequence<int, kLanes>());
}

[[gnu::always_inline]] inline Factors factors(const Q6K* w, i64 run) {
  Factors f;
  by_group(f.scale, run, [=](i64 block, int group) {
    return set1(f16_to_f32(w[block].d.bits)) * load_bytes(w[block].scales + group);
  });
  return f;
}
[[gnu::always_inline]] inline Factors factors(const Q2K* w, i64 run) {
  Factors f;
  by_group(f.scale, run, [=](i64 block, int group) {
    return set1(f16_to_f32(w[block].d.bits)) * to_float(load_bytes(w[block].scales + group) & 15);
  });
  by_group(f.minimum, run, [=](i64 block, int group) {
    const V least = to_float(load_bytes(w[block].scales + group) >> 4);
    return -(set1(f16_to_f32(w[block].dmin.bits)) * least);
  });
  return f;
}
[[gnu::always_inline]] inline Factors factors(const Q3K* w, i64 run) {
  Factors f;
  by_group(f.scale, run, [=](i64 block, int group) {
    std::uint64_t low;
    std::uint32_t high;
    __builtin_memcpy(&low, w[block].scales, 8);
    __builtin_memcpy(&high, w[block].scales + 8, 4);
    const auto eight = [=](int half) {  // scales 8 half ... 8 half + 7
      const std::uint64_t a = high >> 4 * half & 0x03030303u,
                          b = high >> (4 * half + 2) & 0x03030303u;
      return (low >> 4 * half & 0x0F0F0F0F0F0F0F0Full) | (a | b << 32) << 4;
    };
    const int skip = group % 8;
    const VI scale = widen(eight(group / 8) >> 8 * skip, eight(1));
    return set1(f16_to_f32(w[block].d.bits)) * to_float(scale - 32);
  });
  return f;
}

}  // namespace
}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
