// Where sums of products go. Anonymous for the reason given in vec.h.
#pragma once

#include "tensor/cpu/isa/typed.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

// y[0 ... count - 1] = or += the lanes of total + bias, which may be null.
template <typename Y>
[[gnu::always_inline]] inline void put_outputs(Y* y, V total, i64 count, const float* bias,
                                               bool accumulate) {
  if (bias != nullptr) total = total + load_up_to(bias, count);
  store_up_to(y, accumulate ? load_up_to(y, count) + total : total, count);
}

}  // namespace
}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
