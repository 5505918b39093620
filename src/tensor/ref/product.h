// Matrix products on floats for the reference operations.
#pragma once

#include "tensor/ref/rows.h"

namespace lucie::ref {

struct ProductShape {
  std::int64_t m, n, k;
};

// out(M, N) = a(M, K) b(K, N), every element a sum in the order of k.
void multiply(float* out, const float* a, const float* b, const ProductShape& shape);

// b(N, K) -> (K, N)
Floats transposed(const Floats& b, std::int64_t n, std::int64_t k);

}  // namespace lucie::ref
