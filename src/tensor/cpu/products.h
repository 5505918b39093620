// Matrix products cut into tiles for the pool.
//
// Tiles are fixed by the shape and each runs on one thread, so bits do not depend on how many there
// are. A row's result may differ in its last bits between a product of few rows (matvec kernels,
// which read weights as they are stored) and one of many (oneDNN): both sum in f32, in different
// orders.
#pragma once

#include "tensor/cpu/device.h"
#include "tensor/cpu/onednn.h"

namespace lucie::cpu {

struct Tiling {
  std::int64_t rows, columns;
};

// Few, large tiles: oneDNN repacks b for each of them.
Tiling tiling(std::int64_t m, std::int64_t n);

// As gemm, over the pool, with c f32|bf16 whatever a is.
void parallel_gemm(Context& ctx, const Gemm& product, const Tiling& tiles);

// Sums in bf16 x bf16 -> f32 instructions: only where nothing is lost by it.
bool multiplies_bf16(Context& ctx, DType a, DType b);

}  // namespace lucie::cpu
