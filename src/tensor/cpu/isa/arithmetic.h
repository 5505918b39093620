// How products multiply units of 32 bits (gemm_pack.h): one f32, or two bf16 of successive k.
// Anonymous for the reason given in vec.h.
#pragma once

#include "tensor/cpu/isa/vec.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

struct Singly {
  static V multiply_add(V a, V b, V sum) { return fma(a, b, sum); }
};
#if defined(__AVX512BF16__)
struct Pairwise {
  static V multiply_add(V a, V b, V sum) {
    return (V)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
  }
};
#endif

}  // namespace
}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
