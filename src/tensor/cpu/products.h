// Matrix products cut into tiles for the pool.
//
// Tiles are fixed by the shape and each runs on one thread, so bits do not depend on how many there
// are. A row's result may differ in its last bits between a product of few rows (matvec kernels,
// which read weights as they are stored) and one of many (gemm kernels): both sum in f32, in
// different orders. Within either it does not depend on the other rows.
#pragma once

#include "tensor/cpu/device.h"

namespace lucie::cpu {

// Tile by tile over the pool. a is f32, or bf16 where b is too and has_bf16_products().
void parallel_gemm(Context& ctx, const Gemm& product);

// The type in which the rows of a meet b: bf16 only where nothing is lost by it.
Element type_of_rows(Context& ctx, const Tensor& a, const Tensor& b);

// matmul with quantized w where ctx.products() is kRounded.
void rounded_matmul(Context& ctx, const Tensor& y, const Tensor& x, const Tensor& w,
                    const Tensor& bias, bool accumulate);

// x itself when it is of this type already, else converted. Takes bytes_as_type().
ConstArray as_type(Context& ctx, ScratchPieces& scratch, const Tensor& x, Element type);
std::size_t bytes_as_type(const Tensor& x, Element type);

}  // namespace lucie::cpu
