#include "tensor/cpu/isa/table.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {

const Kernels kKernels = {
    LUCIE_ISA_NAME,
    convert,
    encode,
    add,
    scale,
    sum,
    sum_of_squares,
    rmsnorm_forward,
    rmsnorm_backward,
    layernorm_forward,
    layernorm_backward,
    sum_rows,
    rope,
    softmax_loss,
    swiglu_forward,
    swiglu_backward,
    gelu_forward,
    gelu_backward,
    adamw,
    matvec,
    round_rows,
    rounded_matvec,
    rounded_gemm,
    spin_bytes,
    gemm,
    attention_pack,
    attention_forward,
    cache_attention,
    attention_backward,
};

}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
