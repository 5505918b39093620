// Quantized blocks of 32 elements as GGUF lays them out (tensor/block_codec.h), decoded kLanes
// elements at a time. Anonymous for the reason given in vec.h.
#pragma once

#include "tensor/cpu/isa/vec.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

constexpr int kBlock = 32;

struct Q80 {
  static constexpr int kElements = kBlock;
  F16 d;
  std::int8_t q[32];
};
struct Q40 {
  static constexpr int kElements = kBlock;
  F16 d;
  std::uint8_t q[16];
};
struct Q41 {
  static constexpr int kElements = kBlock;
  F16 d, m;
  std::uint8_t q[16];
};
struct Q50 {
  static constexpr int kElements = kBlock;
  F16 d;
  std::uint8_t high[4], q[16];
};
struct Q51 {
  static constexpr int kElements = kBlock;
  F16 d, m;
  std::uint8_t high[4], q[16];
};
struct IQ4NL {
  static constexpr int kElements = kBlock;
  F16 d;
  std::uint8_t q[16];
};

// The integers of elements j ... j + kLanes - 1; byte i of q holds elements i and i + 16.
inline V quants(const Q80& block, int j) {
  return load_bytes(block.q + j);
}
template <typename Q4>
inline VI nibbles(const Q4& block, int j) {
  return j < 16 ? load_bytes(block.q + j) & 15 : load_bytes(block.q + j - 16) >> 4;
}
// Bit j of `high` is the fifth bit of element j.
template <typename Q5>
inline VI five_bits(const Q5& block, int j) {
  std::uint32_t high;
  __builtin_memcpy(&high, block.high, sizeof high);
  return nibbles(block, j) | (((VI)(VU{} + (high >> j)) >> iota(0)) & 1) << 4;
}
inline V quants(const Q40& block, int j) {
  return to_float(nibbles(block, j) - 8);
}
inline V quants(const Q41& block, int j) {
  return to_float(nibbles(block, j));
}
inline V quants(const Q50& block, int j) {
  return to_float(five_bits(block, j) - 16);
}
inline V quants(const Q51& block, int j) {
  return to_float(five_bits(block, j));
}
inline V quants(const IQ4NL& block, int j) {
  return look_up(kUneven, nibbles(block, j));
}

// Q41 and Q51 have a minimum, added to every element of the block.
template <typename Block>
constexpr bool kHasMinimum = __is_same(Block, Q41) || __is_same(Block, Q51);

template <typename Block>
inline V minimum(const Block& block) {
  if constexpr (kHasMinimum<Block>) return set1(f16_to_f32(block.m.bits));
  return set1(0.0f);
}

template <typename Block>
inline V decode(const Block& block, int j) {
  return set1(f16_to_f32(block.d.bits)) * quants(block, j) + minimum(block);
}

}  // namespace
}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
