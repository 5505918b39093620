#include "tensor/dtype.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string>

#include "base/error.h"
#include "base/text.h"
#include "tensor/block_codec.h"
#include "tensor/cpu/device.h"
#include "tensor/cpu/isa.h"

namespace lucie {
namespace {

constexpr std::array<DTypeInfo, 16> kInfos = {{
    {DType::kF32, "f32", 1, 4, false, true, true},
    {DType::kF16, "f16", 1, 2, false, true, true},
    {DType::kBF16, "bf16", 1, 2, false, true, true},
    {DType::kI32, "i32", 1, 4, false, false, false},
    {DType::kQ4_0, "q4_0", 32, 18, true, true, true},
    {DType::kQ4_1, "q4_1", 32, 20, true, true, true},
    {DType::kQ5_0, "q5_0", 32, 22, true, true, true},
    {DType::kQ5_1, "q5_1", 32, 24, true, true, true},
    {DType::kQ8_0, "q8_0", 32, 34, true, true, true},
    {DType::kQ2_K, "q2_k", 256, 84, true, true, true},
    {DType::kQ3_K, "q3_k", 256, 110, true, true, true},
    {DType::kQ4_K, "q4_k", 256, 144, true, true, true},
    {DType::kQ5_K, "q5_k", 256, 176, true, true, true},
    {DType::kQ6_K, "q6_k", 256, 210, true, true, true},
    {DType::kIQ4_NL, "iq4_nl", 32, 18, true, true, true},
    {DType::kIQ4_XS, "iq4_xs", 256, 136, true, true, true},
}};

}  // namespace

const DTypeInfo& dtype_info(DType type) {
  const auto index = static_cast<std::size_t>(type);
  LUCIE_ASSERT(index < kInfos.size() && kInfos[index].type == type);
  return kInfos[index];
}

std::optional<DType> dtype_from_name(std::string_view name) {
  const std::string lower = to_lower_ascii(name);
  for (const DTypeInfo& info : kInfos) {
    if (lower == info.name) return info.type;
  }
  return std::nullopt;
}

std::size_t row_bytes(DType type, std::int64_t n) {
  const DTypeInfo& info = dtype_info(type);
  if (n < 0 || n % info.block != 0) {
    fail(ErrorCode::kInvalidArgument,
         "a row of " + std::to_string(n) + " elements cannot be stored as " + info.name, "",
         "its length must be a multiple of " + std::to_string(info.block));
  }
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(static_cast<std::size_t>(n / info.block),
                             static_cast<std::size_t>(info.block_bytes), &bytes)) {
    fail(ErrorCode::kInvalidArgument, "a row of " + std::to_string(n) + " elements is too large");
  }
  return bytes;
}

float bf16_to_float(std::uint16_t bits) noexcept {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

std::uint16_t float_to_bf16(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) {  // rounding could carry a NaN into infinity
    return static_cast<std::uint16_t>((bits >> 16) | 0x40u);
  }
  return static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

float f16_to_float(std::uint16_t half) noexcept {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1fu;
  const std::uint32_t mantissa = half & 0x3ffu;
  std::uint32_t magnitude = 0;
  if (exponent == 0) {  // zero or subnormal: mantissa * 2^-24, exact in f32
    magnitude = std::bit_cast<std::uint32_t>(static_cast<float>(mantissa) * 0x1p-24f);
  } else if (exponent == 0x1f) {
    magnitude = 0x7f800000u | (mantissa << 13);
  } else {
    magnitude = ((exponent + (127 - 15)) << 23) | (mantissa << 13);
  }
  return std::bit_cast<float>(sign | magnitude);
}

std::uint16_t float_to_f16(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000u;
  const std::uint32_t magnitude = bits & 0x7fffffffu;
  std::uint32_t half = 0;
  if (magnitude > 0x7f800000u) {
    half = 0x7e00u | ((magnitude >> 13) & 0x3ffu);
  } else if (magnitude >= 0x477ff000u) {  // 65520 and above round to infinity
    half = 0x7c00u;
  } else if (magnitude < 0x38800000u) {
    // Below 2^-14 the result is subnormal. Its unit, 2^-24, is that of floats in [0.5, 1), so the
    // addition of 0.5 rounds as wanted.
    half = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) -
           std::bit_cast<std::uint32_t>(0.5f);
  } else {
    const std::uint32_t odd = (magnitude >> 13) & 1u;
    half = (magnitude - ((127u - 15u) << 23) + 0xfffu + odd) >> 13;
  }
  return static_cast<std::uint16_t>(sign | half);
}

void decode_row(DType type, const void* row, float* values, std::int64_t n) {
  const DTypeInfo& info = dtype_info(type);
  if (!info.decodes) {
    fail(ErrorCode::kUnsupported, std::string("values of type ") + info.name + " cannot be used");
  }
  const std::size_t bytes = row_bytes(type, n);
  const auto count = static_cast<std::size_t>(n);
  if (type == DType::kF32) {
    if (count != 0) std::memcpy(values, row, bytes);
  } else if (type == DType::kBF16) {
    const auto* halves = static_cast<const std::uint16_t*>(row);
    for (std::size_t i = 0; i < count; ++i) values[i] = bf16_to_float(halves[i]);
  } else if (type == DType::kF16) {
    const auto* halves = static_cast<const std::uint16_t*>(row);
    for (std::size_t i = 0; i < count; ++i) values[i] = f16_to_float(halves[i]);
  } else {
    decode_blocks(type, static_cast<const std::uint8_t*>(row), values, n);
  }
}

void encode_row(DType type, const float* values, void* row, std::int64_t n,
                const float* importance) {
  const DTypeInfo& info = dtype_info(type);
  if (!info.encodes) {
    fail(ErrorCode::kUnsupported, std::string("values cannot be written as ") + info.name);
  }
  const std::size_t bytes = row_bytes(type, n);
  const auto count = static_cast<std::size_t>(n);
  if (type == DType::kF32) {
    if (count != 0) std::memcpy(row, values, bytes);
  } else if (type == DType::kBF16) {
    std::transform(values, values + count, static_cast<std::uint16_t*>(row), float_to_bf16);
  } else if (type == DType::kF16) {
    std::transform(values, values + count, static_cast<std::uint16_t*>(row), float_to_f16);
  } else {
    static const cpu::Kernels& kernels = cpu::choose_kernels();
    kernels.encode({row, cpu::element_of(type)}, values, importance, n);
  }
}

}  // namespace lucie
