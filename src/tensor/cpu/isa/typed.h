// From an Array, whose element type is known at run time, to a typed pointer. Anonymous for the
// reason given in vec.h.
#pragma once

#include "tensor/cpu/isa/vec.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

// Calls body with a float* or Bf16*: the two types of activations.
template <typename Body>
inline void with_array(Array x, const Body& body) {
  if (x.type == Element::kBF16) {
    body(static_cast<Bf16*>(x.data));
  } else {
    body(static_cast<float*>(x.data));
  }
}
template <typename Body>
inline void with_array(ConstArray x, const Body& body) {
  if (x.type == Element::kBF16) {
    body(static_cast<const Bf16*>(x.data));
  } else {
    body(static_cast<const float*>(x.data));
  }
}

// The three types of a key/value cache.
template <typename Body>
inline void with_float_array(ConstArray x, const Body& body) {
  if (x.type == Element::kF16) {
    body(static_cast<const F16*>(x.data));
  } else {
    with_array(x, body);
  }
}

inline float load_one(const float* p) {
  return *p;
}
inline float load_one(const Bf16* p) {
  const std::uint32_t bits = static_cast<std::uint32_t>(p->bits) << 16;
  float value;
  __builtin_memcpy(&value, &bits, 4);
  return value;
}
inline float load_one(const F16* p) {
  return f16_to_f32(p->bits);
}
inline void store_one(float* p, float value) {
  *p = value;
}
inline void store_one(Bf16* p, float value) {
  std::uint32_t bits;
  __builtin_memcpy(&bits, &value, 4);
  const std::uint32_t rounded =
      value == value ? (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16 : (bits >> 16) | 0x40u;
  p->bits = static_cast<std::uint16_t>(rounded);
}

}  // namespace
}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
