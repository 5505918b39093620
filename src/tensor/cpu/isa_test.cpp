#include "tensor/cpu/isa.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "base/error.h"
#include "tensor/dtype.h"

namespace lucie::cpu {
namespace {

// Sets LUCIE_ISA for one test.
class ForcedIsa {
 public:
  explicit ForcedIsa(const char* name) {
    if (const char* before = std::getenv("LUCIE_ISA")) before_ = before;
    setenv("LUCIE_ISA", name, 1);
  }
  ~ForcedIsa() {
    if (before_.empty()) {
      unsetenv("LUCIE_ISA");
    } else {
      setenv("LUCIE_ISA", before_.c_str(), 1);
    }
  }

 private:
  std::string before_;
};

TEST(Isa, can_be_forced_to_each_that_the_machine_has) {
  for (const Kernels* kernels : available_kernels()) {
    const ForcedIsa forced(kernels->name);
    EXPECT_STREQ(choose_kernels().name, kernels->name);
  }
}

TEST(Isa, rejects_an_unknown_one) {
  const ForcedIsa forced("sse9");
  try {
    choose_kernels();
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error.place(), "LUCIE_ISA");
    EXPECT_NE(error.hint().find("plain"), std::string::npos);
  }
}

// Conversions to half types round as dtype.h says, at every length of tail.
TEST(Isa, converts_as_the_row_codecs_do) {
  std::vector<float> values = {0.0f,     -0.0f,       1.0f,        -1.5f,    65504.0f, 65520.0f,
                               1e-7f,    -6e-8f,      3.1e-5f,     0x1p-14f, 1e30f,    -INFINITY,
                               INFINITY, 1.00390625f, 1.01171875f, 2049.0f,  2051.0f};
  for (int i = 0; i < 40; ++i) values.push_back(std::sin(static_cast<float>(i)) * 3.0f);
  const auto size = static_cast<std::int64_t>(values.size());
  for (const Kernels* kernels : available_kernels()) {
    for (const DType type : {DType::kBF16, DType::kF16}) {
      const Element element = type == DType::kBF16 ? Element::kBF16 : Element::kF16;
      for (std::int64_t n = size - 17; n <= size; ++n) {
        std::vector<std::uint16_t> half(values.size(), 0x7777), expected(values.size(), 0x7777);
        encode_row(type, values.data(), expected.data(), n);
        kernels->convert({half.data(), element}, {values.data(), Element::kF32}, n);
        ASSERT_EQ(half, expected) << kernels->name << " " << dtype_info(type).name << " " << n;
        std::vector<float> back(values.size()), expected_back(values.size());
        decode_row(type, half.data(), expected_back.data(), n);
        kernels->convert({back.data(), Element::kF32}, {half.data(), element}, n);
        ASSERT_EQ(back, expected_back) << kernels->name << " " << dtype_info(type).name << " " << n;
      }
    }
  }
}

// swiglu with up = 1 is g / (1 + e^-g): e^x over its whole range.
TEST(Isa, exponential_is_right_to_the_last_digits) {
  std::vector<float> gate, ones, result;
  for (float x = -100.0f; x < 100.0f; x += 0.037f) gate.push_back(x);
  ones.assign(gate.size(), 1.0f);
  for (const Kernels* kernels : available_kernels()) {
    result.assign(gate.size(), NAN);
    const SwigluForward op{
        {result.data(), Element::kF32}, {gate.data(), Element::kF32}, {ones.data(), Element::kF32}};
    kernels->swiglu_forward(op, 0, static_cast<std::int64_t>(gate.size()));
    for (std::size_t i = 0; i < gate.size(); ++i) {
      const auto x = static_cast<double>(gate[i]);
      const double exact = x / (1.0 + std::exp(-x));
      if (std::fabs(exact) < 1e-35) continue;
      ASSERT_NEAR(static_cast<double>(result[i]) / exact, 1.0, 5e-7) << kernels->name << " " << x;
    }
  }
}

double exact_gelu(double x, bool tanh) {
  if (!tanh) return x / 2.0 * std::erfc(-x / std::sqrt(2.0));
  const double u = std::sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x);
  return x / (1.0 + std::exp(-2.0 * u));
}

// Values below 1e-3 carry the rounding of a large exponent, of no account beside the other outputs
// of a row.
TEST(Isa, gelu_is_right_to_the_last_digits) {
  std::vector<float> x, y, slope;
  for (float value = -20.0f; value < 20.0f; value += 0.0037f) x.push_back(value);
  const std::vector<float> ones(x.size(), 1.0f);
  const auto n = static_cast<std::int64_t>(x.size());
  for (const Kernels* kernels : available_kernels()) {
    for (const bool tanh : {false, true}) {
      y.assign(x.size(), NAN);
      slope.assign(x.size(), NAN);
      const ConstArray in{x.data(), Element::kF32};
      kernels->gelu_forward({{y.data(), Element::kF32}, in, tanh}, 0, n);
      kernels->gelu_backward(
          {{slope.data(), Element::kF32}, {ones.data(), Element::kF32}, in, tanh}, 0, n);
      for (std::size_t i = 0; i < x.size(); ++i) {
        SCOPED_TRACE(std::string(kernels->name) + (tanh ? " tanh " : " erf ") +
                     std::to_string(x[i]));
        const auto at = static_cast<double>(x[i]);
        const double exact = exact_gelu(at, tanh);
        ASSERT_NEAR(static_cast<double>(y[i]), exact, 2e-6 * std::max(std::fabs(exact), 1e-3));
        constexpr double kStep = 1e-5;
        const double derivative =
            (exact_gelu(at + kStep, tanh) - exact_gelu(at - kStep, tanh)) / (2.0 * kStep);
        ASSERT_NEAR(static_cast<double>(slope[i]), derivative, 1e-6);
      }
    }
  }
}

}  // namespace
}  // namespace lucie::cpu
