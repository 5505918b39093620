#include "tensor/op_cases.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/rng.h"

namespace lucie {
namespace {

constexpr std::uint64_t kSeed = 7;

}  // namespace

const std::vector<OpCase>& op_cases() {
  static const std::vector<OpCase> cases = [] {
    std::vector<OpCase> all;
    add_memory_cases(all);
    add_norm_cases(all);
    add_row_cases(all);
    add_product_cases(all);
    add_attention_cases(all);
    add_cache_cases(all);
    add_optimizer_cases(all);
    return all;
  }();
  return cases;
}

void add_case(std::vector<OpCase>& cases, std::string op, const std::string& detail,
              std::function<void(CaseRun&)> body) {
  const std::string name = op + "/" + detail;
  auto run = [name, body = std::move(body)](Context& ctx) {
    CaseRun case_run(ctx, name);
    body(case_run);
    return case_run.take();
  };
  cases.push_back({std::move(op), name, std::move(run)});
}

Tensor CaseRun::normal(DType dtype, Shape shape, float scale) {
  Rng rng(kSeed, name_, drawn_++);
  std::vector<float> values(static_cast<std::size_t>(shape.numel()));
  for (float& value : values) value = scale * rng.normal();
  return ctx_.upload(dtype, shape, values);
}

Tensor CaseRun::ids(Shape shape, std::int64_t below) {
  Rng rng(kSeed, name_, drawn_++);
  std::vector<std::int32_t> values(static_cast<std::size_t>(shape.numel()));
  for (std::int32_t& value : values) {
    value = static_cast<std::int32_t>(rng.below(static_cast<std::uint64_t>(below)));
  }
  return ctx_.upload(shape, values);
}

Tensor CaseRun::unwritten(DType dtype, Shape shape) {
  const std::vector<float> values(static_cast<std::size_t>(shape.numel()),
                                  std::numeric_limits<float>::quiet_NaN());
  return ctx_.upload(dtype, shape, values);
}

void CaseRun::keep(std::string_view name, const Tensor& output, double tolerance) {
  if (tolerance == 0.0) tolerance = output.dtype() == DType::kF32 ? 1e-5 : 8e-3;
  outputs_.push_back({std::string(name), ctx_.download(output), tolerance});
}

std::string row_detail(DType dtype, const RowSize& size) {
  return std::string(dtype_info(dtype).name) + "/" + std::to_string(size.rows) + "x" +
         std::to_string(size.width);
}

double relative_error(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
  double difference = 0.0;
  double greatest = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double gap = std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    if (std::isnan(gap)) return std::numeric_limits<double>::infinity();
    difference = std::max(difference, gap);
    greatest = std::max(greatest, std::fabs(static_cast<double>(b[i])));
  }
  return difference == 0.0 ? 0.0 : difference / greatest;
}

void expect_close(const std::vector<OpOutput>& actual, const std::vector<OpOutput>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    EXPECT_LE(relative_error(actual[i].values, expected[i].values), expected[i].tolerance)
        << "output " << expected[i].name;
  }
}

void expect_identical(const std::vector<OpOutput>& actual, const std::vector<OpOutput>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const auto& a = actual[i].values;
    const auto& b = expected[i].values;
    ASSERT_EQ(a.size(), b.size());
    EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)), 0)
        << "output " << expected[i].name;
  }
}

}  // namespace lucie
