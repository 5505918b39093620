#include "tensor/dtype.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/rng.h"
#include "base/test_files.h"

namespace lucie {
namespace {

using testing_base::error_of;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(Dtype, names_read_back_in_either_case) {
  EXPECT_EQ(dtype_from_name("Q4_0"), DType::kQ4_0);
  EXPECT_EQ(dtype_from_name("bf16"), DType::kBF16);
  EXPECT_EQ(dtype_from_name("q4_9"), std::nullopt);
  EXPECT_STREQ(dtype_info(DType::kQ8_0).name, "q8_0");
}

TEST(Dtype, rows_are_whole_blocks) {
  EXPECT_EQ(row_bytes(DType::kF32, 3), 12u);
  EXPECT_EQ(row_bytes(DType::kQ4_1, 64), 40u);
  EXPECT_THROW(row_bytes(DType::kQ4_1, 33), Error);
  EXPECT_THROW(row_bytes(DType::kF32, -1), Error);
}

TEST(Dtype, what_has_no_conversion_is_refused_by_name) {
  EXPECT_EQ(error_of([] { decode_row(DType::kI32, nullptr, nullptr, 0); }).code(),
            ErrorCode::kUnsupported);
  const Error error = error_of([] { encode_row(DType::kI32, nullptr, nullptr, 0); });
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_NE(error.message().find("i32"), std::string::npos) << error.what();
}

TEST(Bf16, rounds_to_nearest_even) {
  const auto round = [](std::uint32_t bits) { return float_to_bf16(std::bit_cast<float>(bits)); };
  EXPECT_EQ(round(0x3f808000u), 0x3f80);  // halfway, even below
  EXPECT_EQ(round(0x3f818000u), 0x3f82);  // halfway, even above
  EXPECT_EQ(round(0x3f808001u), 0x3f81);
  EXPECT_EQ(round(0x7f7fffffu), 0x7f80);  // overflow
  EXPECT_EQ(round(0x80000001u), 0x8000);  // subnormal to -0
  EXPECT_EQ(round(0x00408000u), 0x0040);
  EXPECT_TRUE(std::isnan(bf16_to_float(round(0x7f800001u))));
  EXPECT_TRUE(std::isnan(bf16_to_float(round(0xffffffffu))));
}

TEST(Bf16, every_value_survives_the_way_through_f32) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = bf16_to_float(static_cast<std::uint16_t>(bits));
    if (std::isnan(value)) continue;
    ASSERT_EQ(float_to_bf16(value), bits);
  }
}

TEST(F16, every_value_survives_the_way_through_f32) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = f16_to_float(static_cast<std::uint16_t>(bits));
    if (std::isnan(value)) {
      ASSERT_TRUE(std::isnan(f16_to_float(float_to_f16(value))));
    } else {
      ASSERT_EQ(float_to_f16(value), bits);
    }
  }
}

// Between neighbours a and b everything below the middle becomes a, above it b, and the middle the
// even one: for all pairs of finite values, subnormals included.
TEST(F16, rounds_to_nearest_even_between_all_neighbours) {
  for (std::uint16_t bits = 0; bits < 0x7bff; ++bits) {
    const auto next = static_cast<std::uint16_t>(bits + 1);
    const float middle = 0.5f * (f16_to_float(bits) + f16_to_float(next));
    ASSERT_EQ(float_to_f16(middle), bits % 2 == 0 ? bits : next);
    ASSERT_EQ(float_to_f16(std::nextafter(middle, 0.0f)), bits);
    ASSERT_EQ(float_to_f16(std::nextafter(middle, kInfinity)), next);
    ASSERT_EQ(float_to_f16(-middle), (bits % 2 == 0 ? bits : next) | 0x8000);
  }
}

TEST(F16, has_known_values_at_the_edges) {
  EXPECT_EQ(f16_to_float(0x0001), 0x1p-24f);
  EXPECT_EQ(f16_to_float(0x7bff), 65504.0f);
  EXPECT_EQ(float_to_f16(65519.996f), 0x7bff);
  EXPECT_EQ(float_to_f16(65520.0f), 0x7c00);
  EXPECT_EQ(float_to_f16(-kInfinity), 0xfc00);
  EXPECT_EQ(float_to_f16(0x1p-25f), 0x0000);
  EXPECT_EQ(float_to_f16(std::nextafter(0x1p-25f, 1.0f)), 0x0001);
  EXPECT_EQ(float_to_f16(-0.0f), 0x8000);
}

// As tools/make_quant_golden.py.
std::vector<float> golden_values(std::uint64_t seed, std::int64_t blocks) {
  std::vector<float> values;
  for (std::int64_t b = 0; b < blocks; ++b) {
    Rng rng(seed, "quants", static_cast<std::uint64_t>(b));
    const float scale = std::ldexp(1.0f, static_cast<int>(b % 16) - 12);
    for (int i = 0; i < 32; ++i) values.push_back((2.0f * rng.uniform() - 1.0f) * scale);
  }
  values.insert(values.end(), 32, 0.0f);
  values.insert(values.end(), 32, 0.75f);
  for (int i = 0; i < 32; ++i) values.push_back(i % 2 == 0 ? 1.0f : -1.0f);
  for (int i = 0; i < 32; ++i) values.push_back(static_cast<float>(i - 16) / 8.0f);
  return values;
}

std::string hex(const std::vector<std::uint8_t>& bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::vector<std::uint8_t> bytes_of(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(16 * digit(hex[i]) + digit(hex[i + 1])));
  }
  return bytes;
}

// By numpy; encode_test.cpp has all types, by ggml itself.
TEST(Blocks, are_the_bytes_of_ggml) {
  const Json golden = read_json(LUCIE_SOURCE_DIR "/tests/golden/quants.json");
  const std::vector<float> values = golden_values(
      static_cast<std::uint64_t>(golden.at("seed").as_int()), golden.at("blocks").as_int());
  const auto n = static_cast<std::int64_t>(values.size());
  for (const char* name : {"q4_0", "q4_1", "q5_0", "q5_1", "q8_0"}) {
    SCOPED_TRACE(name);
    const DType type = *dtype_from_name(name);
    std::vector<std::uint8_t> bytes(row_bytes(type, n));
    encode_row(type, values.data(), bytes.data(), n);
    EXPECT_EQ(hex(bytes), golden.at(name).at("encoded").as_string());

    std::vector<float> decoded(values.size());
    decode_row(type, bytes.data(), decoded.data(), n);
    double dot = 0.0;
    for (std::size_t i = 0; i < decoded.size(); ++i) {
      dot += static_cast<double>(decoded[i]) * static_cast<double>(i + 1);
    }
    const double expected = golden.at(name).at("decoded_dot").as_double();
    EXPECT_NEAR(dot, expected, 1e-12 * std::fabs(expected));
  }
}

// Random bytes as blocks: every code, and scales of either sign down to subnormal ones.
TEST(Blocks, decode_to_the_bits_of_ggml) {
  const Json golden = read_json(LUCIE_SOURCE_DIR "/tests/golden/block_values.json");
  ASSERT_EQ(golden.at("types").members().size(), 12u);
  for (const auto& [name, entry] : golden.at("types").members()) {
    SCOPED_TRACE(name);
    const DType type = *dtype_from_name(name);
    const std::vector<std::uint8_t> blocks = bytes_of(entry.at("blocks").as_string());
    const DTypeInfo& info = dtype_info(type);
    const std::size_t count = blocks.size() / static_cast<std::size_t>(info.block_bytes);
    std::vector<float> values(count * static_cast<std::size_t>(info.block));
    decode_row(type, blocks.data(), values.data(), static_cast<std::int64_t>(values.size()));
    const std::vector<std::uint8_t> expected = bytes_of(entry.at("values").as_string());
    ASSERT_EQ(expected.size(), values.size() * sizeof(float));
    for (std::size_t i = 0; i < values.size(); ++i) {
      float value = 0.0f;
      std::memcpy(&value, expected.data() + i * sizeof(float), sizeof(float));
      ASSERT_EQ(std::bit_cast<std::uint32_t>(values[i]), std::bit_cast<std::uint32_t>(value))
          << "weight " << i << ": " << values[i] << ", ggml " << value;
    }
  }
}

}  // namespace
}  // namespace lucie
