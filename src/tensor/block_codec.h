// The quantized block types of GGUF. Layouts, in bytes, all little-endian (ggml's ggml-common.h;
// docs/formats/gguf.md). 32 weights share an f16 scale d (and, in the _1 types, an f16 minimum m):
//
//   q4_0    d, qs[16]             w = d * (q - 8)
//   q4_1    d, m, qs[16]          w = d * q + m
//   q5_0    d, qh u32, qs[16]     w = d * (q - 16)
//   q5_1    d, m, qh u32, qs[16]  w = d * q + m
//   q8_0    d, int8 qs[32]        w = d * q
//   iq4_nl  d, qs[16]             w = d * table[q]
//
// Byte j of qs holds the low four bits of weights j (low nibble) and j + 16 (high nibble); bit j of
// qh is the fifth bit of weight j. The blocks of 256 weights are described in k_block_codec.cpp.
//
// Where a minimum is added or subtracted the product before it is exact in f32, so fused or not,
// every compiler's weights are the same. Called through decode_row of dtype.h; the encoders are
// cpu/isa/encode.cpp and encode_big.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "tensor/dtype.h"

namespace lucie {

// What the codes of iq4_nl and iq4_xs stand for, denser around zero (ggml's kvalues_iq4nl).
inline constexpr std::array<std::int8_t, 16> kUnevenCodes = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

void decode_blocks(DType type, const std::uint8_t* blocks, float* values, std::int64_t n);

// One block of 256 weights.
void decode_k_block(DType type, const std::uint8_t* block, float* values);

inline float read_f16(const std::uint8_t* bytes) {
  std::uint16_t half = 0;
  std::memcpy(&half, bytes, sizeof(half));
  return f16_to_float(half);
}

}  // namespace lucie
