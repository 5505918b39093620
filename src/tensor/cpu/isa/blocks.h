// Quantized blocks of 32 elements as GGUF lays them out (tensor/dtype.h), decoded kLanes elements
// at a time. Anonymous for the reason given in vec.h.
#pragma once

#include "tensor/cpu/isa/vec.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

constexpr int kBlock = 32;

struct Q80 {
  F16 d;
  std::int8_t q[32];
};
struct Q40 {
  F16 d;
  std::uint8_t q[16];
};
struct Q41 {
  F16 d, m;
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
inline V quants(const Q40& block, int j) {
  return to_float(nibbles(block, j) - 8);
}
inline V quants(const Q41& block, int j) {
  return to_float(nibbles(block, j));
}

// Added to every element of the block.
inline float offset(const Q80&) {
  return 0.0f;
}
inline float offset(const Q40&) {
  return 0.0f;
}
inline float offset(const Q41& block) {
  return f16_to_f32(block.m.bits);
}

template <typename Block>
inline V decode(const Block& block, int j) {
  return set1(f16_to_f32(block.d.bits)) * quants(block, j) + set1(offset(block));
}

}  // namespace
}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
