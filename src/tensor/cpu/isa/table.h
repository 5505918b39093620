// The kernels of one instruction set by name, so that table.cpp can list them; the meaning of each
// stands in tensor/cpu/kernels.h.
#pragma once

#include "tensor/cpu/kernels.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {

void convert(Array dst, ConstArray src, std::int64_t n);
void add(Array y, ConstArray a, ConstArray b, std::int64_t n);
void scale(Array x, float factor, std::int64_t n);
void encode(Array blocks, const float* x, const float* importance, std::int64_t n);
void encode_big(Array blocks, const float* x, const float* importance, std::int64_t n);
double sum(ConstArray x, std::int64_t n);
double sum_of_squares(ConstArray x, std::int64_t n);
void rmsnorm_forward(const RmsnormForward& op, std::int64_t begin, std::int64_t end);
void rmsnorm_backward(const RmsnormBackward& op, float* dw, std::int64_t begin, std::int64_t end);
void layernorm_forward(const LayernormForward& op, std::int64_t begin, std::int64_t end);
void layernorm_backward(const LayernormBackward& op, float* dw, float* dbias, std::int64_t begin,
                        std::int64_t end);
void sum_rows(float* total, ConstArray x, std::int64_t width, std::int64_t begin, std::int64_t end);
void rope(const Rope& op, std::int64_t begin, std::int64_t end);
void softmax_loss(const SoftmaxLoss& op, std::int64_t begin, std::int64_t end);
void swiglu_forward(const SwigluForward& op, std::int64_t begin, std::int64_t end);
void swiglu_backward(const SwigluBackward& op, std::int64_t begin, std::int64_t end);
void gelu_forward(const GeluForward& op, std::int64_t begin, std::int64_t end);
void gelu_backward(const GeluBackward& op, std::int64_t begin, std::int64_t end);
void adamw(const Adamw& op, std::int64_t begin, std::int64_t end);
void matvec(const Matvec& op, std::int64_t begin, std::int64_t end);
void round_rows(RoundedRun* runs, ConstArray x, Element w, std::int64_t begin, std::int64_t end);
void rounded_matvec(const RoundedMatvec& op, float* scratch, std::int64_t begin, std::int64_t end);
void rounded_gemm(const RoundedGemm& op, void* scratch, std::int64_t begin, std::int64_t end);
std::int64_t spin_bytes(std::int64_t times);
void gemm(const Gemm& product, const GemmScratch& scratch);
void attention_pack(const Attention& op, float* kt, float* v, std::int64_t b, std::int64_t head);
void attention_forward(const Attention& op, const float* kt, const float* v, float* scratch,
                       const std::int64_t* task);
void cache_attention(const CacheAttention& op, const CacheQueries& queries, float* scratch);
void attention_backward(const AttentionBackward& op, float* scratch, std::int64_t b,
                        std::int64_t part);

extern const Kernels kKernels;

}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
