// Which instruction set runs. The choice is made once, from what the CPU has, or by LUCIE_ISA.
#pragma once

#include <vector>

#include "tensor/cpu/kernels.h"

namespace lucie::cpu {

// Every instruction set compiled in that this CPU has, "plain" first, the best last.
std::vector<const Kernels*> available_kernels();

// The best, or the one LUCIE_ISA names; Error{kInvalidArgument} when that is not available.
const Kernels& choose_kernels();

// True where a product of bf16 matrices is faster than one of f32.
bool has_bf16_products(const Kernels& kernels);

}  // namespace lucie::cpu
