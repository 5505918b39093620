// The triangular factor of an inverse that GPTQ walks along.
#pragma once

#include <vector>

#include "tensor/context.h"

namespace lucie {

// `matrix`: n x n, symmetric and positive definite, row by row. Returns the upper triangular U with
// inverse(matrix) = U^T U (n x n, zeros below the diagonal). Frantar et al. 2023 take it as the
// Cholesky factor of the inverse; here it is the inverse of a Cholesky factor, which comes to the
// same in half the work: with J turning rows and columns around, J matrix J = L L^T gives
// U = J inverse(L) J. Sums over k are f32, those within a block of 128 double.
// Not positive definite: Error{kInvalidArgument}.
std::vector<float> inverse_factor(Context& ctx, std::vector<float> matrix, std::int64_t n);

}  // namespace lucie
