// Element types, the quantized block types of GGUF included, and their row codecs.
//
// A "row" is a run along the contiguous dimension; quantized types store it in blocks of
// `block` elements (ggml's block layouts; docs/formats/gguf.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lucie {

enum class DType : std::uint8_t {
  kF32,
  kF16,
  kBF16,
  kI32,
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kQ8_0,
  kQ2_K,
  kQ3_K,
  kQ4_K,
  kQ5_K,
  kQ6_K,
  kIQ4_NL,
  kIQ4_XS,
};

struct DTypeInfo {
  DType type;
  const char* name;  // "f32", "q4_0": lower case, as in --type and reports
  int block;         // elements in a block, 1 for plain types
  int block_bytes;
  bool quantized;
  bool decodes, encodes;  // decode_row and encode_row know it
};

const DTypeInfo& dtype_info(DType type);
std::optional<DType> dtype_from_name(std::string_view name);  // either case
// Bytes of a row of n elements; n must be a multiple of the block.
std::size_t row_bytes(DType type, std::int64_t n);

float bf16_to_float(std::uint16_t bits) noexcept;
std::uint16_t float_to_bf16(float value) noexcept;  // round to nearest even, NaN stays NaN
float f16_to_float(std::uint16_t bits) noexcept;
std::uint16_t float_to_f16(float value) noexcept;  // round to nearest even

// Host-side row conversions between f32 and the types whose DTypeInfo says so, bit for bit those of
// ggml: its quantizers as compiled without contraction. n: a multiple of the block. importance:
// (n), how much the error of a column counts, or null, where all count the same; some types use
// none. Infinite and NaN values give some code, never undefined behaviour. Another type:
// Error{kUnsupported}.
void decode_row(DType type, const void* row, float* values, std::int64_t n);
void encode_row(DType type, const float* values, void* row, std::int64_t n,
                const float* importance = nullptr);

}  // namespace lucie
