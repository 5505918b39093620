// The quantized block types of GGUF: 32 weights share an f16 scale d (and, in the _1 types, an f16
// minimum m). Layouts, in bytes, all little-endian (ggml's ggml-common.h; docs/formats/gguf.md):
//
//   q4_0  d, qs[16]             w = d * (q - 8)
//   q4_1  d, m, qs[16]          w = d * q + m
//   q5_0  d, qh u32, qs[16]     w = d * (q - 16)
//   q5_1  d, m, qh u32, qs[16]  w = d * q + m
//   q8_0  d, int8 qs[32]        w = d * q
//
// Byte j of qs holds the low four bits of weights j (low nibble) and j + 16 (high nibble); bit j of
// qh is the fifth bit of weight j. Called through decode_row and encode_row of dtype.h.
#pragma once

#include <cstdint>

#include "tensor/dtype.h"

namespace lucie {

void decode_blocks(DType type, const std::uint8_t* blocks, float* values, std::int64_t n);
// Infinite and NaN values give some code, never undefined behaviour.
void encode_blocks(DType type, const float* values, std::uint8_t* blocks, std::int64_t n);

}  // namespace lucie
