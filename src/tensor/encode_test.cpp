#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/json.h"
#include "base/rng.h"
#include "tensor/cpu/device.h"
#include "tensor/cpu/isa.h"
#include "tensor/dtype.h"

namespace lucie {
namespace {

// As tools/make_encode_golden.py, by float operations that are exact or rounded alike everywhere.
struct Draw {
  float u[4];
  std::int64_t row, column;

  float flat() const { return 2.0f * u[0] - 1.0f; }
};
using Distribution = float (*)(const Draw&);
const std::map<std::string, Distribution> kDistributions = {
    {"bell", [](const Draw& d) { return ((d.u[0] + d.u[1]) + d.u[2]) + d.u[3] - 2.0f; }},
    {"heavy", [](const Draw& d) { return d.flat() / (1.0009765625f - std::fabs(d.flat())); }},
    {"constant", [](const Draw&) { return -0.37f; }},
    {"zeros", [](const Draw&) { return 0.0f; }},
    {"outlier",
     [](const Draw& d) { return d.column == 37 * d.row ? 25.0f : d.flat() * 0.0078125f; }},
    {"tiny", [](const Draw& d) { return d.flat() * 0x1p-66f; }},
    {"huge", [](const Draw& d) { return d.flat() * 0x1p60f; }},
    {"negative", [](const Draw& d) { return -0.125f - d.u[0]; }},
    {"positive", [](const Draw& d) { return 0.5f + d.u[0]; }},
    {"sparse", [](const Draw& d) { return d.u[1] < 0.125f ? d.flat() : 0.0f; }},
    {"uneven",
     [](const Draw& d) { return std::ldexp(d.flat(), -static_cast<int>(d.column / 16 % 12)); }},
    {"integers", [](const Draw& d) { return std::floor(d.flat() * 8.0f); }},
};

struct Golden {
  Json json = read_json(LUCIE_SOURCE_DIR "/tests/golden/encoded.json");
  std::uint64_t seed = static_cast<std::uint64_t>(json.at("seed").as_int());
  std::int64_t width = json.at("width").as_int(), rows = json.at("rows").as_int();

  std::vector<float> values(const std::string& distribution) const {
    std::vector<float> all;
    for (std::int64_t row = 0; row < rows; ++row) {
      Rng rng(seed, "encode/values", static_cast<std::uint64_t>(row));
      for (std::int64_t column = 0; column < width; ++column) {
        Draw draw{{}, row, column};
        for (float& u : draw.u) u = rng.uniform();
        all.push_back(kDistributions.at(distribution)(draw));
      }
    }
    return all;
  }

  std::vector<float> importance() const {
    Rng rng(seed, "encode/importance");
    std::vector<float> weights;
    for (std::int64_t column = 0; column < width; ++column) {
      const float u = rng.uniform();
      weights.push_back(column % 5 == 3 ? 0.0f : u * u);
    }
    return weights;
  }

  std::string hash(const cpu::Kernels& kernels, DType type, const std::vector<float>& all,
                   const float* weights) const {
    std::vector<std::byte> bytes(row_bytes(type, width));
    Sha256 sha;
    for (std::int64_t row = 0; row < rows; ++row) {
      kernels.encode({bytes.data(), cpu::element_of(type)}, all.data() + row * width, weights,
                     width);
      sha.add(std::span<const std::byte>(bytes));
    }
    return sha.hex();
  }
};

TEST(Encode, gives_the_bytes_of_ggml_on_every_instruction_set) {
  const Golden golden;
  const std::vector<float> importance = golden.importance();
  ASSERT_EQ(golden.json.at("types").members().size(), 12u);
  for (const auto& [name, hashes] : golden.json.at("types").members()) {
    const DType type = *dtype_from_name(name);
    for (const auto& [distribution, body] : kDistributions) {
      const std::vector<float> all = golden.values(distribution);
      for (const cpu::Kernels* kernels : cpu::available_kernels()) {
        EXPECT_EQ(golden.hash(*kernels, type, all, nullptr),
                  hashes.at("plain").at(distribution).as_string())
            << name << ", " << distribution << ", " << kernels->name;
        EXPECT_EQ(golden.hash(*kernels, type, all, importance.data()),
                  hashes.at("weighted").at(distribution).as_string())
            << name << ", " << distribution << ", by importance, " << kernels->name;
      }
    }
  }
}

// Rows of one block, and of more than are searched together.
TEST(Encode, gives_a_block_the_same_bytes_whatever_stands_beside_it) {
  const Golden golden;
  std::vector<float> all = golden.values("bell");
  all.resize(2560);
  for (const auto& [name, hashes] : golden.json.at("types").members()) {
    const DType type = *dtype_from_name(name);
    const std::int64_t block = dtype_info(type).block, count = 2560 / block;
    const std::size_t bytes = row_bytes(type, block);
    std::vector<std::byte> together(row_bytes(type, 2560)), alone(bytes);
    encode_row(type, all.data(), together.data(), 2560);
    for (std::int64_t b = 0; b < count; ++b) {
      encode_row(type, all.data() + b * block, alone.data(), block);
      const std::byte* there = together.data() + static_cast<std::size_t>(b) * bytes;
      ASSERT_TRUE(std::equal(alone.begin(), alone.end(), there)) << name << ", block " << b;
    }
  }
}

TEST(Encode, takes_awkward_values_without_undefined_behaviour) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const float odd[] = {
      kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN(), 1e-45f, 3e38f, -3e38f, 0.0f};
  std::vector<float> values(256, 0.0f), decoded(256), importance(256, 1.0f);
  const Golden golden;
  for (const auto& [name, hashes] : golden.json.at("types").members()) {
    const DType type = *dtype_from_name(name);
    std::vector<std::byte> bytes(row_bytes(type, 256));
    for (const float value : odd) {
      for (const float other : odd) {
        for (const bool weighted : {false, true}) {
          values[3] = value;
          values[31] = other;
          importance[31] = other;
          encode_row(type, values.data(), bytes.data(), 256,
                     weighted ? importance.data() : nullptr);
          decode_row(type, bytes.data(), decoded.data(), 256);
          if (value == 0.0f && other == 0.0f) {
            EXPECT_EQ(decoded, values) << name;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace lucie
