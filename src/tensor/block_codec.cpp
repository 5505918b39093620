#include "tensor/block_codec.h"

#include <array>
#include <cstring>

#include "base/error.h"

namespace lucie {
namespace {

constexpr int kBlock = 32;
constexpr int kHalf = kBlock / 2;

using Codes = std::array<std::uint8_t, kBlock>;

// The low four bits of all codes; five-bit types have the fifth bits as qh in front of them.
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

void decode_symmetric(const std::uint8_t* block, bool five_bits, float* values) {
  const int zero = five_bits ? 16 : 8;
  const float d = read_f16(block);
  const Codes codes = unpack_codes(block + 2, five_bits);
  for (std::size_t j = 0; j < kBlock; ++j) {
    values[j] = d * static_cast<float>(codes[j] - zero);
  }
}

void decode_affine(const std::uint8_t* block, bool five_bits, float* values) {
  const float d = read_f16(block);
  const float minimum = read_f16(block + 2);
  const Codes codes = unpack_codes(block + 4, five_bits);
  for (std::size_t j = 0; j < kBlock; ++j) {
    values[j] = d * static_cast<float>(codes[j]) + minimum;
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
  for (std::size_t j = 0; j < kBlock; ++j)
    values[j] = d * static_cast<float>(kUnevenCodes[codes[j]]);
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

}  // namespace lucie
