// Quantized blocks of 256 elements as GGUF lays them out (tensor/k_block_codec.cpp), decoded kLanes
// elements at a time. Anonymous for the reason given in vec.h.
#pragma once

#include "tensor/cpu/isa/vec.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

constexpr int kBigBlock = 256;

struct Q2K {
  static constexpr int kElements = kBigBlock;
  std::uint8_t scales[16], q[64];
  F16 d, dmin;
};
struct Q3K {
  static constexpr int kElements = kBigBlock;
  std::uint8_t high[32], q[64], scales[12];
  F16 d;
};
struct Q4K {
  static constexpr int kElements = kBigBlock;
  F16 d, dmin;
  std::uint8_t scales[12], q[128];
};
struct Q5K {
  static constexpr int kElements = kBigBlock;
  F16 d, dmin;
  std::uint8_t scales[12], high[32], q[128];
};
struct Q6K {
  static constexpr int kElements = kBigBlock;
  std::uint8_t q[128], high[64];
  std::int8_t scales[16];
  F16 d;
};
struct IQ4XS {
  static constexpr int kElements = kBigBlock;
  F16 d;
  std::uint16_t high;
  std::uint8_t scales[4], q[128];
};

// The integers of elements j ... j + kLanes - 1, which never leave a run of 32 (run = j / 32).
inline VI two_bits(const std::uint8_t* q, int j) {
  return load_bytes(q + 32 * (j / 128) + j % 32) >> 2 * (j / 32 % 4) & 3;
}
inline VI four_bits(const std::uint8_t* q, int j) {
  return load_bytes(q + 32 * (j / 64) + j % 32) >> 4 * (j / 32 % 2) & 15;
}
inline VI bit_of_run(const std::uint8_t* high, int j) {
  return load_bytes(high + j % 32) >> j / 32 & 1;
}
inline V quants(const Q2K& block, int j) {
  return to_float(two_bits(block.q, j));
}
inline V quants(const Q3K& block, int j) {
  return to_float(two_bits(block.q, j) + 4 * bit_of_run(block.high, j) - 4);
}
inline V quants(const Q4K& block, int j) {
  return to_float(four_bits(block.q, j));
}
inline V quants(const Q5K& block, int j) {
  return to_float(four_bits(block.q, j) | bit_of_run(block.high, j) << 4);
}
inline V quants(const Q6K& block, int j) {
  const int half = j / 128, part = j / 32 % 4, l = j % 32;
  const VI low = load_bytes(block.q + 64 * half + 32 * (part % 2) + l) >> 4 * (part / 2) & 15;
  return to_float((low | (load_bytes(block.high + 32 * half + l) >> 2 * part & 3) << 4) - 32);
}
inline V quants(const IQ4XS& block, int j) {
  const VI bytes = load_bytes(block.q + 16 * (j / 32) + j % 16);
  return look_up(kUneven, bytes >> 4 * (j / 16 % 2) & 15);
}

// Of each 16 elements; only those types have minima that also have a dmin.
struct Scales {
  float scale[16], minimum[16];
};

inline Scales scales_of(const Q2K& block) {
  Scales result;
  const float d = f16_to_f32(block.d.bits), dmin = f16_to_f32(block.dmin.bits);
  for (int g = 0; g < 16; ++g) {
    result.scale[g] = d * static_cast<float>(block.scales[g] & 15);
    result.minimum[g] = dmin * static_cast<float>(block.scales[g] >> 4);
  }
  return result;
}
inline Scales scales_of(const Q3K& block) {
  Scales result;
  const float d = f16_to_f32(block.d.bits);
  for (int g = 0; g < 16; ++g) {
    const int low = block.scales[g % 8] >> 4 * (g / 8) & 15;
    const int high = block.scales[8 + g % 4] >> 2 * (g / 4) & 3;
    result.scale[g] = d * static_cast<float>((low | high << 4) - 32);
  }
  return result;
}
inline Scales scales_of(const Q6K& block) {
  Scales result;
  const float d = f16_to_f32(block.d.bits);
  for (int g = 0; g < 16; ++g) result.scale[g] = d * static_cast<float>(block.scales[g]);
  return result;
}
inline Scales scales_of(const IQ4XS& block) {
  Scales result;
  const float d = f16_to_f32(block.d.bits);
  for (int j = 0; j < 8; ++j) {
    const int low = block.scales[j / 2] >> 4 * (j % 2) & 15, high = block.high >> 2 * j & 3;
    result.scale[2 * j] = result.scale[2 * j + 1] = d * static_cast<float>((low | high << 4) - 32);
  }
  return result;
}
template <typename Block>  // Q4K, Q5K
inline Scales scales_of(const Block& block) {
  Scales result;
  const float d = f16_to_f32(block.d.bits), dmin = f16_to_f32(block.dmin.bits);
  const std::uint8_t* s = block.scales;
  for (int j = 0; j < 8; ++j) {
    const int scale = j < 4 ? s[j] & 63 : (s[j + 4] & 15) | (s[j - 4] >> 6) << 4;
    const int minimum = j < 4 ? s[j + 4] & 63 : s[j + 4] >> 4 | (s[j] >> 6) << 4;
    result.scale[2 * j] = result.scale[2 * j + 1] = d * static_cast<float>(scale);
    result.minimum[2 * j] = result.minimum[2 * j + 1] = dmin * static_cast<float>(minimum);
  }
  return result;
}

template <typename Block>
inline V decode(const Block& block, const Scales& scales, int j) {
  const V value = set1(scales.scale[j / 16]) * quants(block, j);
  if constexpr (requires { block.dmin; }) return value - set1(scales.minimum[j / 16]);
  return value;
}

}  // namespace
}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
