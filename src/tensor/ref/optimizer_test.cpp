#include <gtest/gtest.h>

#include <cmath>

#include "base/json.h"
#include "base/rng.h"
#include "tensor/op_cases.h"

namespace lucie {
namespace {

class OptimizerTest : public testing::Test {
 protected:
  Tensor of(std::vector<float> values) {
    return ctx_.upload(DType::kF32, {static_cast<std::int64_t>(values.size())}, values);
  }

  ThreadPool pool_{1};
  Context ctx_{make_ref_device(), pool_};
  const Ops& op_ = ctx_.op();
};

TEST_F(OptimizerTest, sums_are_in_double) {
  const Tensor out = of({1.0f});
  op_.sum(ctx_, out, of({1e8f, 1.0f, -1e8f, 0.5f}), false);
  EXPECT_EQ(ctx_.scalar(out), 1.5f);
  op_.sum(ctx_, out, of({2.0f, 3.0f}), true);
  EXPECT_EQ(ctx_.scalar(out), 6.5f);
  op_.sum_of_squares(ctx_, out, of({3.0f, -4.0f}), false);
  EXPECT_EQ(ctx_.scalar(out), 25.0f);
  op_.sum_of_squares(ctx_, out, of({2.0f}), true);
  EXPECT_EQ(ctx_.scalar(out), 29.0f);
}

TEST_F(OptimizerTest, clip_coefficient_is_at_most_one) {
  const Tensor coefficient = of({0.0f});
  op_.clip_coefficient(ctx_, coefficient, of({25.0f}), 1.0f);
  EXPECT_FLOAT_EQ(ctx_.scalar(coefficient), 1.0f / (5.0f + 1e-6f));
  op_.clip_coefficient(ctx_, coefficient, of({25.0f}), 100.0f);
  EXPECT_EQ(ctx_.scalar(coefficient), 1.0f);
  op_.clip_coefficient(ctx_, coefficient, of({0.0f}), 1.0f);
  EXPECT_EQ(ctx_.scalar(coefficient), 1.0f);
}

TEST_F(OptimizerTest, adamw_follows_its_formula) {
  const Tensor p = of({0.5f}), m = of({0.1f}), v = of({0.02f});
  const Tensor working = ctx_.zeros(DType::kBF16, {1});
  op_.adamw(ctx_, p, m, v, working, of({2.0f}), of({0.25f}), {0.01f, 0.9f, 0.99f, 1e-3f, 0.2f, 3});
  const double mean = 0.9 * 0.1 + 0.1 * 0.5, variance = 0.99 * 0.02 + 0.01 * 0.25;
  const double step =
      0.01 * (mean / (1.0 - 0.729)) / (std::sqrt(variance / (1.0 - 0.970299)) + 1e-3);
  EXPECT_NEAR(ctx_.scalar(m), mean, 1e-7);
  EXPECT_NEAR(ctx_.scalar(v), variance, 1e-8);
  EXPECT_NEAR(ctx_.scalar(p), 0.5 * (1.0 - 0.01 * 0.2) - step, 1e-7);
  EXPECT_EQ(ctx_.scalar(working), bf16_to_float(float_to_bf16(ctx_.scalar(p))));
}

// As tools/make_optimizer_golden.py.
std::vector<float> drawn(std::uint64_t seed, const std::string& purpose, std::size_t count,
                         float scale) {
  Rng rng(seed, purpose);
  std::vector<float> values(count);
  for (float& value : values) value = (2.0f * rng.uniform() - 1.0f) * scale;
  return values;
}

float number(const Json& golden, const char* key) {
  return static_cast<float>(golden.at(key).as_double());
}

TEST_F(OptimizerTest, adamw_with_clipping_follows_torch) {
  const Json golden = read_json(LUCIE_SOURCE_DIR "/tests/golden/adamw.json");
  const auto seed = static_cast<std::uint64_t>(golden.at("seed").as_int());
  const auto count = static_cast<std::size_t>(golden.at("count").as_int());
  const Tensor p = of(drawn(seed, "adamw/p", count, 0x1p-6f));
  const Tensor m = ctx_.zeros(DType::kF32, p.shape()), v = ctx_.zeros(DType::kF32, p.shape());
  const Tensor squares = of({0.0f}), coefficient = of({0.0f});
  AdamwStep step{number(golden, "learning_rate"), number(golden, "beta1"),
                 number(golden, "beta2"),         number(golden, "eps"),
                 number(golden, "weight_decay"),  0};
  for (step.step = 1; step.step <= golden.at("steps").as_int(); ++step.step) {
    const float scale = std::ldexp(1.0f, static_cast<int>(1 - step.step));
    const Tensor grad = of(drawn(seed, "adamw/grad/" + std::to_string(step.step), count, scale));
    op_.sum_of_squares(ctx_, squares, grad, false);
    const Json& norm = golden.at("norms").at(static_cast<std::size_t>(step.step - 1));
    EXPECT_NEAR(std::sqrt(ctx_.scalar(squares)), norm.as_double(), 1e-6 * norm.as_double());
    op_.clip_coefficient(ctx_, coefficient, squares, number(golden, "max_norm"));
    op_.adamw(ctx_, p, m, v, Tensor(), grad, coefficient, step);
  }
  // A parameter moves by about the learning rate at each step; beside 1e-6 of that it may differ in
  // its last bit (2^-29 at most here) at each step.
  const double tolerance = 1e-6 * static_cast<double>(step.learning_rate) + 7 * 0x1p-29;
  const std::vector<float> ps = ctx_.download(p), ms = ctx_.download(m), vs = ctx_.download(v);
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_NEAR(ps[i], golden.at("p").at(i).as_double(), tolerance);
    EXPECT_NEAR(ms[i], golden.at("m").at(i).as_double(), 1e-7);
    EXPECT_NEAR(vs[i], golden.at("v").at(i).as_double(), 1e-7);
  }
}

}  // namespace
}  // namespace lucie
