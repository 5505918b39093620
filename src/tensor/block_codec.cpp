#include "tensor/block_codec.h"

#include <array>
#include <cfloat>
#include <cmath>
#include <cstring>

#include "base/error.h"

namespace lucie {
namespace {

constexpr int kBlock = 32;
constexpr int kHalf = kBlock / 2;

// What the codes of iq4_nl stand for, denser around zero (ggml's kvalues_iq4nl).
constexpr std::array<std::int8_t, 16> kUneven = {-127, -104, -83, -65, -49, -35, -22, -10,
                                                 1,    13,   25,  38,  53,  69,  89,  113};

using Codes = std::array<std::uint8_t, kBlock>;

void put_f16(std::uint8_t* bytes, float value) {
  const std::uint16_t half = float_to_f16(value);
  std::memcpy(bytes, &half, sizeof(half));
}

// Truncates to [0, cap]; the casts of the reference are undefined outside of it.
std::uint8_t truncate_code(float value, int cap) {
  if (!(value > 0.0f)) return 0;  // NaN too
  return static_cast<std::uint8_t>(value >= static_cast<float>(cap) ? static_cast<float>(cap)
                                                                    : value);
}

float inverse(float d) {
  return d != 0.0f ? 1.0f / d : 0.0f;
}

// The low four bits of all codes, then (five-bit types) the fifth bits as qh in front of them.
void pack_codes(const Codes& codes, bool five_bits, std::uint8_t* bytes) {
  if (five_bits) {
    std::uint32_t high = 0;
    for (int j = 0; j < kBlock; ++j) {
      high |= static_cast<std::uint32_t>(codes[static_cast<std::size_t>(j)] >> 4) << j;
    }
    std::memcpy(bytes, &high, sizeof(high));
    bytes += sizeof(high);
  }
  for (std::size_t j = 0; j < kHalf; ++j) {
    bytes[j] = static_cast<std::uint8_t>((codes[j] & 15u) | ((codes[j + kHalf] & 15u) << 4));
  }
}

Codes unpack_codes(const std::uint8_t* bytes, bool five_bits) {
  std::uint32_t high = 0;
  if (five_bits) {
    std::memcpy(&high, bytes, sizeof(high));
    bytes += sizeof(high);
  }
  Codes codes;
  for (std::size_t j = 0; j < kHalf; ++j) {
    const std::uint32_t low_bit = ((high >> j) & 1u) << 4;
    const std::uint32_t high_bit = ((high >> (j + kHalf)) & 1u) << 4;
    codes[j] = static_cast<std::uint8_t>((bytes[j] & 15u) | low_bit);
    codes[j + kHalf] = static_cast<std::uint8_t>((bytes[j] >> 4) | high_bit);
  }
  return codes;
}

// q4_0, q5_0: the value of greatest magnitude becomes code 0, whichever its sign. As in ggml, codes
// come from the unrounded f32 scale, though the block keeps it as f16.
void encode_symmetric(const float* x, bool five_bits, std::uint8_t* block) {
  const int zero = five_bits ? 16 : 8;
  float greatest = 0.0f;
  for (int j = 0; j < kBlock; ++j) {
    if (std::fabs(x[j]) > std::fabs(greatest)) greatest = x[j];
  }
  const float d = greatest / static_cast<float>(-zero);
  const float id = inverse(d);
  Codes codes;
  for (std::size_t j = 0; j < kBlock; ++j) {
    codes[j] = truncate_code(x[j] * id + (static_cast<float>(zero) + 0.5f), 2 * zero - 1);
  }
  put_f16(block, d);
  pack_codes(codes, five_bits, block + 2);
}

void decode_symmetric(const std::uint8_t* block, bool five_bits, float* values) {
  const int zero = five_bits ? 16 : 8;
  const float d = read_f16(block);
  const Codes codes = unpack_codes(block + 2, five_bits);
  for (std::size_t j = 0; j < kBlock; ++j) {
    values[j] = d * static_cast<float>(codes[j] - zero);
  }
}

// q4_1, q5_1: codes span minimum to maximum.
void encode_affine(const float* x, bool five_bits, std::uint8_t* block) {
  const int top = five_bits ? 31 : 15;
  float minimum = FLT_MAX;
  float maximum = -FLT_MAX;
  for (int j = 0; j < kBlock; ++j) {
    if (x[j] < minimum) minimum = x[j];
    if (x[j] > maximum) maximum = x[j];
  }
  const float d = (maximum - minimum) / static_cast<float>(top);
  const float id = inverse(d);
  Codes codes;
  for (std::size_t j = 0; j < kBlock; ++j) {
    codes[j] = truncate_code((x[j] - minimum) * id + 0.5f, top);
  }
  put_f16(block, d);
  put_f16(block + 2, minimum);
  pack_codes(codes, five_bits, block + 4);
}

void decode_affine(const std::uint8_t* block, bool five_bits, float* values) {
  const float d = read_f16(block);
  const float minimum = read_f16(block + 2);
  const Codes codes = unpack_codes(block + 4, five_bits);
  for (std::size_t j = 0; j < kBlock; ++j) {
    values[j] = d * static_cast<float>(codes[j]) + minimum;
  }
}

void encode_q8_0(const float* x, std::uint8_t* block) {
  float greatest = 0.0f;
  for (int j = 0; j < kBlock; ++j) greatest = std::fmax(greatest, std::fabs(x[j]));
  const float d = greatest / 127.0f;
  const float id = inverse(d);
  put_f16(block, d);
  for (int j = 0; j < kBlock; ++j) {
    const float code = std::round(x[j] * id);  // half away from zero
    const float bounded = std::fmin(std::fmax(code, -127.0f), 127.0f);
    block[2 + j] = static_cast<std::uint8_t>(static_cast<std::int8_t>(bounded));
  }
}

void decode_q8_0(const std::uint8_t* block, float* values) {
  const float d = read_f16(block);
  for (int j = 0; j < kBlock; ++j) {
    values[j] = d * static_cast<float>(static_cast<std::int8_t>(block[2 + j]));
  }
}

void decode_iq4_nl(const std::uint8_t* block, float* values) {
  const float d = read_f16(block);
  const Codes codes = unpack_codes(block + 2, false);
  for (std::size_t j = 0; j < kBlock; ++j) values[j] = d * static_cast<float>(kUneven[codes[j]]);
}

void encode_block(DType type, const float* x, std::uint8_t* block) {
  switch (type) {
    case DType::kQ4_0:
      return encode_symmetric(x, false, block);
    case DType::kQ4_1:
      return encode_affine(x, false, block);
    case DType::kQ5_0:
      return encode_symmetric(x, true, block);
    case DType::kQ5_1:
      return encode_affine(x, true, block);
    case DType::kQ8_0:
      return encode_q8_0(x, block);
    default:
      LUCIE_ASSERT(dtype_info(type).encodes);
  }
}

void decode_block(DType type, const std::uint8_t* block, float* values) {
  switch (type) {
    case DType::kQ4_0:
      return decode_symmetric(block, false, values);
    case DType::kQ4_1:
      return decode_affine(block, false, values);
    case DType::kQ5_0:
      return decode_symmetric(block, true, values);
    case DType::kQ5_1:
      return decode_affine(block, true, values);
    case DType::kQ8_0:
      return decode_q8_0(block, values);
    case DType::kIQ4_NL:
      return decode_iq4_nl(block, values);
    default:
      return decode_k_block(type, block, values);
  }
}

}  // namespace

void decode_blocks(DType type, const std::uint8_t* blocks, float* values, std::int64_t n) {
  const DTypeInfo& info = dtype_info(type);
  for (std::int64_t b = 0; b < n / info.block; ++b) {
    decode_block(type, blocks + b * info.block_bytes, values + b * info.block);
  }
}

void encode_blocks(DType type, const float* values, std::uint8_t* blocks, std::int64_t n) {
  const int block_bytes = dtype_info(type).block_bytes;
  for (std::int64_t b = 0; b < n / kBlock; ++b) {
    encode_block(type, values + b * kBlock, blocks + b * block_bytes);
  }
}

}  // namespace lucie
