// Products of matrices by oneDNN, which is included in onednn.cpp only.
#pragma once

#include <cstdint>
#include <string>

#include "tensor/cpu/kernels.h"

namespace lucie::cpu {

// A matrix in memory; strides in elements.
struct Operand {
  ConstArray values;
  std::int64_t row_stride, column_stride;
};

// c(m, n) = or += a(m, k) b(k, n) + bias(n), which may be null. a and b are both f32 or both bf16;
// c has unit column stride and is f32, or bf16 where a is.
struct Gemm {
  Array c;
  std::int64_t c_stride;
  Operand a, b;
  const float* bias = nullptr;
  std::int64_t m, n, k;
  bool accumulate;
};

// On the calling thread alone. A primitive is made once for each shape and kept by the thread.
void gemm(const Gemm& product);

std::string onednn_version();  // "oneDNN 2.6.3"

}  // namespace lucie::cpu
