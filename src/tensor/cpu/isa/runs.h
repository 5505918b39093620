// Quantized weights as runs of 32 integers, for products with activations that are integers too.
//
//   weight = scale * (byte - kZero) + minimum
//
// Halves are the bytes of kPieces successive runs: their elements 0 ... 15, then 16 ... 31. Factors
// are scale and minimum of kLanes successive runs. Runs are counted from the start of the weights,
// over the ends of blocks and rows. Anonymous for the reason given in vec.h.
#pragma once

#include "tensor/cpu/isa/bytes.h"
#include "tensor/cpu/isa/weights.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

template <typename W, typename... Others>
constexpr bool kIsOneOf = (__is_same(W, Others) || ...);

// Bytes of the whole range, for dot().
template <typename W>
constexpr bool kWide = kIsOneOf<W, Q80, IQ4NL, IQ4XS>;
// A scale (and minimum) for each half of a run, else for the run.
template <typename W>
constexpr bool kScaledHalves = kIsOneOf<W, Q2K, Q3K, Q6K>;
template <typename W>
constexpr bool kRunsHaveMinimum = kHasMinimum<W> || kIsOneOf<W, Q2K, Q4K, Q5K>;
template <typename W>
constexpr int kZero = kWide<W>           ? (kBytesAreUnsigned ? 128 : 0)
                      : kIsOneOf<W, Q40> ? 8
                      : kIsOneOf<W, Q50> ? 16
                      : kIsOneOf<W, Q6K> ? 32
                      : kIsOneOf<W, Q3K> ? 4
                                         : 0;

struct Halves {
  VB first, second;
};

inline VB low_nibbles(VB v) {
  return v & set1_bytes(0x0F0F0F0F);
}
inline VB high_nibbles(VB v) {
  return (VB)((VU)v >> 4) & set1_bytes(0x0F0F0F0F);
}

// --- blocks of one run

template <typename Q4>
[[gnu::always_inline]] inline Halves nibble_halves(const Q4* w) {
  const VB q = load_pieces([=](int i) { return w[i].q; });
  return {low_nibbles(q), high_nibbles(q)};
}

[[gnu::always_inline]] inline Halves halves_of(const Q80* w) {
  Halves h{load_pieces([=](int i) { return w[i].q; }),
           load_pieces([=](int i) { return w[i].q + 16; })};
  if constexpr (kBytesAreUnsigned) {
    h.first ^= set1_bytes(0x80808080);
    h.second ^= set1_bytes(0x80808080);
  }
  return h;
}
[[gnu::always_inline]] inline Halves halves_of(const Q40* w) {
  return nibble_halves(w);
}
[[gnu::always_inline]] inline Halves halves_of(const Q41* w) {
  return nibble_halves(w);
}
[[gnu::always_inline]] inline Halves uneven_halves(const Halves& codes) {
  alignas(16) static constexpr std::int8_t kValues[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                                          1,    13,   25,  38,  53,  69,  89,  113};
  const auto* values = reinterpret_cast<const std::uint8_t*>(kValues);
  const VB up = set1_bytes(kBytesAreUnsigned ? 0x80808080 : 0);
  return {look_up_bytes(values, codes.first) ^ up, look_up_bytes(values, codes.second) ^ up};
}
[[gnu::always_inline]] inline Halves halves_of(const IQ4NL* w) {
  return uneven_halves(nibble_halves(w));
}
template <typename Q5>  // Q50, Q51
[[gnu::always_inline]] inline Halves halves_of(const Q5* w) {
  Halves h = nibble_halves(w);
  const auto bits = [=](int i, int half) {
    std::uint16_t high;
    __builtin_memcpy(&high, w[i].high + 2 * half, sizeof high);
    return high;
  };
  const VB fifth = set1_bytes(0x10101010);
  h.first |= expand_bits([=](int i) { return bits(i, 0); }) & fifth;
  h.second |= expand_bits([=](int i) { return bits(i, 1); }) & fifth;
  return h;
}

// --- blocks of eight runs; j: the first run's place in its block

// 0 ... 7, the place in its block of the run that a lane belongs to.
[[gnu::always_inline]] inline VU places(int j) {
  VU v;
  for (int i = 0; i < kLanes; ++i) v[i] = static_cast<std::uint32_t>(j + i / 4);
  return v;
}

[[gnu::always_inline]] inline VB bits_at(VB v, VU shift, std::uint32_t mask) {
  return (VB)((VU)v >> shift) & set1_bytes(mask);
}

[[gnu::always_inline]] inline Halves halves_of(const Q4K& w, int j) {
  const VU shift = 4 * (places(j) & 1);
  const auto half = [&](int at) {
    const VB q = load_pieces([&](int i) { return w.q + 32 * ((j + i) / 2) + at; });
    return bits_at(q, shift, 0x0F0F0F0F);
  };
  return {half(0), half(16)};
}
[[gnu::always_inline]] inline Halves halves_of(const Q5K& w, int j) {
  const VU run = places(j), shift = 4 * (run & 1);
  const auto half = [&](int at) {
    const VB q = load_pieces([&](int i) { return w.q + 32 * ((j + i) / 2) + at; });
    const VB high = load_pieces([&](int) { return w.high + at; });
    return bits_at(q, shift, 0x0F0F0F0F) | (VB)((VU)bits_at(high, run, 0x01010101) << 4);
  };
  return {half(0), half(16)};
}
[[gnu::always_inline]] inline Halves halves_of(const Q6K& w, int j) {
  const VU part = places(j) & 3, shift = 4 * (part >> 1), shift_high = 2 * part;
  const auto half = [&](int at) {
    const VB q =
        load_pieces([&](int i) { return w.q + 64 * ((j + i) / 4) + 32 * ((j + i) % 2) + at; });
    const VB high = load_pieces([&](int i) { return w.high + 32 * ((j + i) / 4) + at; });
    return bits_at(q, shift, 0x0F0F0F0F) | (VB)((VU)bits_at(high, shift_high, 0x03030303) << 4);
  };
  return {half(0), half(16)};
}
template <typename Block>  // Q2K, Q3K
[[gnu::always_inline]] inline VB two_bit_half(const Block& w, int j, int at) {
  const VB q = load_pieces([&](int i) { return w.q + 32 * ((j + i) / 4) + at; });
  return bits_at(q, 2 * (places(j) & 3), 0x03030303);
}
[[gnu::always_inline]] inline Halves halves_of(const Q2K& w, int j) {
  return {two_bit_half(w, j, 0), two_bit_half(w, j, 16)};
}
[[gnu::always_inline]] inline Halves halves_of(const Q3K& w, int j) {
  const auto half = [&](int at) {
    const VB high = load_pieces([&](int) { return w.high + at; });
    return two_bit_half(w, j, at) | (VB)((VU)bits_at(high, places(j), 0x01010101) << 2);
  };
  return {half(0), half(16)};
}

[[gnu::always_inline]] inline Halves halves_of(const IQ4XS& w, int j) {
  const VB q = load_pieces([&](int i) { return w.q + 16 * (j + i); });
  return uneven_halves({low_nibbles(q), high_nibbles(q)});
}

// Runs first + i * kPieces ..., of the kLanes runs that start at `first`.
template <typename W>
[[gnu::always_inline]] inline Halves halves(const W* w, i64 first, int i) {
  if constexpr (SmallBlock<W>) {
    return halves_of(w + first + i * kPieces);
  } else {
    const int j = (kLanes >= 8 ? 0 : static_cast<int>(first % 8)) + i * kPieces;
    return halves_of(w[first / 8 + j / 8], j % 8);
  }
}

}  // namespace
}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
