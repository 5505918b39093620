// Weights of any type as a typed pointer. Anonymous for the reason given in vec.h.
#pragma once

#include "tensor/cpu/isa/blocks.h"
#include "tensor/cpu/isa/k_blocks.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

template <typename W>
concept SmallBlock = W::kElements == kBlock;
template <typename W>
concept BigBlock = W::kElements == kBigBlock;

// Elements in one W.
template <typename W>
constexpr int kElementsOf = SmallBlock<W> ? kBlock
                            : BigBlock<W> ? kBigBlock
                                          : 1;

// Calls body with a pointer to what the array holds: floats or blocks.
template <typename Body>
inline void with_weights(ConstArray x, const Body& body) {
  switch (x.type) {
    case Element::kF32:
      return body(static_cast<const float*>(x.data));
    case Element::kBF16:
      return body(static_cast<const Bf16*>(x.data));
    case Element::kF16:
      return body(static_cast<const F16*>(x.data));
    case Element::kQ8_0:
      return body(static_cast<const Q80*>(x.data));
    case Element::kQ4_0:
      return body(static_cast<const Q40*>(x.data));
    case Element::kQ4_1:
      return body(static_cast<const Q41*>(x.data));
    case Element::kQ5_0:
      return body(static_cast<const Q50*>(x.data));
    case Element::kQ5_1:
      return body(static_cast<const Q51*>(x.data));
    case Element::kIQ4_NL:
      return body(static_cast<const IQ4NL*>(x.data));
    case Element::kQ2_K:
      return body(static_cast<const Q2K*>(x.data));
    case Element::kQ3_K:
      return body(static_cast<const Q3K*>(x.data));
    case Element::kQ4_K:
      return body(static_cast<const Q4K*>(x.data));
    case Element::kQ5_K:
      return body(static_cast<const Q5K*>(x.data));
    case Element::kQ6_K:
      return body(static_cast<const Q6K*>(x.data));
    case Element::kIQ4_XS:
      return body(static_cast<const IQ4XS*>(x.data));
  }
}

}  // namespace
}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
