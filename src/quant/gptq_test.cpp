#include "quant/gptq.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/json.h"
#include "base/rng.h"
#include "formats/safetensors.h"
#include "quant/inverse_factor.h"
#include "tensor/ops.h"

namespace lucie {
namespace {

using Values = std::vector<float>;

class Gptq : public testing::Test {
 protected:
  ThreadPool pool_{2};
  Context ctx_{make_cpu_device(), pool_};
};

// Sum of x x^T over inputs that depend on each other.
Values hessian_of(std::int64_t n, std::uint64_t seed) {
  Values hessian(static_cast<std::size_t>(n * n));
  Values x(static_cast<std::size_t>(n));
  Rng rng(seed, "inputs");
  for (std::int64_t sample = 0; sample < 2 * n + 8; ++sample) {
    const float common = rng.normal();
    for (float& value : x) value = rng.normal() + common;
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        hessian[static_cast<std::size_t>(i * n + j)] +=
            x[static_cast<std::size_t>(i)] * x[static_cast<std::size_t>(j)];
      }
    }
  }
  return hessian;
}

TEST_F(Gptq, the_factor_is_of_the_inverse) {
  for (const std::int64_t n : {1, 5, 128, 129, 300}) {
    const Values h = hessian_of(n, 3);
    const Values u = inverse_factor(ctx_, h, n);
    const auto size = static_cast<std::size_t>(n);
    std::vector<double> right(size * size);  // U h
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t k = 0; k < size; ++k) {
        if (k < i) {
          ASSERT_EQ(u[i * size + k], 0) << n;
        }
        for (std::size_t j = 0; j < size; ++j) {
          right[i * size + j] += double{u[i * size + k]} * double{h[k * size + j]};
        }
      }
    }
    double worst = 0;  // of U^T U h against the identity
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j < size; ++j) {
        double sum = i == j ? -1 : 0;
        for (std::size_t k = 0; k < size; ++k) sum += double{u[k * size + i]} * right[k * size + j];
        worst = std::max(worst, std::abs(sum));
      }
    }
    EXPECT_LT(worst, 1e-3) << n;
  }
}

TEST_F(Gptq, what_is_not_positive_definite_is_refused) {
  EXPECT_THROW(inverse_factor(ctx_, {1, 2, 2, 1}, 2), Error);
  EXPECT_THROW(inverse_factor(ctx_, {NAN}, 1), Error);
}

// What the rounded matrix makes of the inputs behind the Hessian, less what the own one makes:
// sum of d H d^T over the rows d of the difference.
double loss(const Values& weight, const Values& rounded, const Values& hessian, std::size_t n) {
  double sum = 0;
  for (std::size_t row = 0; row < weight.size(); row += n) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        sum += double{hessian[i * n + j]} * double{weight[row + i] - rounded[row + i]} *
               double{weight[row + j] - rounded[row + j]};
      }
    }
  }
  return sum;
}

// A file made by tools/make_gptq_golden.py.
struct Golden {
  explicit Golden(const std::string& name)
      : reader(fs::path(LUCIE_SOURCE_DIR) / "tests/golden/gptq" / (name + ".safetensors")) {
    const Json json = parse_json(reader.metadata().at("settings"), name);
    settings.bits = static_cast<int>(json.at("bits").as_int());
    settings.group_size = json.at("group_size").as_int();
    settings.symmetric = json.at("sym").as_bool();
  }
  template <typename T>
  std::vector<T> values(const char* name) const {
    const StoredTensor& tensor = *reader.find(name);
    std::vector<T> result(tensor.bytes / sizeof(T));
    std::memcpy(result.data(), reader.data(tensor).data(), tensor.bytes);
    return result;
  }
  Tensor upload(Context& ctx, const char* name) const {
    return ctx.upload(DType::kF32, reader.find(name)->shape, values<float>(name));
  }
  SafetensorsReader reader;
  GptqSettings settings;
};

class GptqGolden : public Gptq, public testing::WithParamInterface<const char*> {};

// Sums run in another order there: a weight that lies between two codes may go to the other, and
// take those behind it along.
TEST_P(GptqGolden, codes_are_those_of_the_library) {
  const Golden golden(GetParam());
  const GptqMatrix own =
      gptq(ctx_, golden.upload(ctx_, "weight"), golden.upload(ctx_, "hessian"), golden.settings);
  const auto codes = golden.values<std::int32_t>("codes");
  const auto scales = golden.values<std::uint16_t>("scales");
  const auto zeros = golden.values<std::int32_t>("zeros");
  ASSERT_EQ(own.codes.size(), codes.size());
  ASSERT_EQ(own.scales.size(), scales.size());
  std::size_t same = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) same += own.codes[i] == codes[i];
  EXPECT_GE(static_cast<double>(same), 0.995 * static_cast<double>(codes.size()));
  for (std::size_t i = 0; i < scales.size(); ++i) {
    EXPECT_NEAR(f16_to_float(own.scales[i]), f16_to_float(scales[i]),
                2e-3F * f16_to_float(scales[i]));
    EXPECT_EQ(own.zeros[i], zeros[i]);
  }
  GptqMatrix theirs = own;
  std::copy(codes.begin(), codes.end(), theirs.codes.begin());
  std::copy(scales.begin(), scales.end(), theirs.scales.begin());
  const auto weight = golden.values<float>("weight"), hessian = golden.values<float>("hessian");
  const auto inputs = static_cast<std::size_t>(own.inputs);
  const std::int64_t group = golden.settings.group_size;
  EXPECT_NEAR(loss(weight, own.values(group), hessian, inputs) /
                  loss(weight, theirs.values(group), hessian, inputs),
              1, 0.01);
}

INSTANTIATE_TEST_SUITE_P(Cases, GptqGolden,
                         testing::Values("symmetric_4", "zeros_4", "zeros_2",
                                         "symmetric_3_short_group", "symmetric_8_dead_input"),
                         [](const auto& test) { return std::string(test.param); });

Values random_weight(std::int64_t size) {
  Rng rng(7, "weight");
  Values weight(static_cast<std::size_t>(size));
  for (float& value : weight) value = rng.normal();
  return weight;
}

TEST_F(Gptq, loses_less_than_rounding_to_the_nearest) {
  constexpr std::int64_t kOut = 70, kIn = 96;
  const Values weight = random_weight(kOut * kIn), hessian = hessian_of(kIn, 1);
  Values identity(static_cast<std::size_t>(kIn * kIn));
  for (std::size_t i = 0; i < kIn; ++i) identity[i * kIn + i] = 1;  // nothing is made good
  const GptqSettings settings{.bits = 3, .group_size = 32};
  const auto run = [&](const Values& h) {
    const Values rounded = gptq(ctx_, ctx_.upload(DType::kF32, {kOut, kIn}, weight),
                                ctx_.upload(DType::kF32, {kIn, kIn}, h), settings)
                               .values(settings.group_size);
    return loss(weight, rounded, hessian, kIn);
  };
  EXPECT_LT(run(hessian), 0.6 * run(identity));
}

TEST_F(Gptq, gives_the_same_bits_on_any_number_of_threads) {
  constexpr std::int64_t kOut = 130, kIn = 160;
  const Values weight = random_weight(kOut * kIn), hessian = hessian_of(kIn, 1);
  std::vector<GptqMatrix> results;
  for (const int threads : {1, 2, 3}) {
    ThreadPool pool(threads);
    Context ctx(make_cpu_device(), pool);
    results.push_back(gptq(ctx, ctx.upload(DType::kF32, {kOut, kIn}, weight),
                           ctx.upload(DType::kF32, {kIn, kIn}, hessian), {.group_size = 64}));
  }
  for (const GptqMatrix& other : results) {
    EXPECT_EQ(other.codes, results[0].codes);
    EXPECT_EQ(other.scales, results[0].scales);
  }
}

TEST_F(Gptq, stands_values_that_are_no_numbers) {
  Values weight = random_weight(4 * 32);
  weight[3] = NAN;
  weight[40] = INFINITY;
  const GptqMatrix result = gptq(ctx_, ctx_.upload(DType::kF32, {4, 32}, weight),
                                 ctx_.upload(DType::kF32, {32, 32}, hessian_of(32, 2)),
                                 {.group_size = 32, .symmetric = false});
  for (const std::uint8_t code : result.codes) EXPECT_LT(code, 16);
}

}  // namespace
}  // namespace lucie
