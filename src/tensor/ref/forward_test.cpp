// Forward operations against their formulas written out, and what they promise beside: order of
// sums, independence of rows, rounding at the end only.
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "tensor/op_cases.h"

namespace lucie {
namespace {

class ForwardTest : public testing::Test {
 protected:
  Tensor converted(DType dtype, const Tensor& x) {
    const Tensor y = ctx_.empty(dtype, x.shape());
    op_.copy(ctx_, y, x);
    return y;
  }
  Tensor f32(const Tensor& x) { return converted(DType::kF32, x); }
  std::vector<float> values(const Tensor& x) { return ctx_.download(x); }
  // What a bf16 output must hold when the same is computed in f32.
  std::vector<float> rounded(const Tensor& x) { return values(converted(DType::kBF16, x)); }

  ThreadPool pool_{1};
  Context ctx_{make_ref_device(), pool_};
  const Ops& op_ = ctx_.op();
  CaseRun draw_{ctx_, "forward_test"};
};

TEST_F(ForwardTest, matmul_sums_in_the_order_of_k) {
  const Tensor x = draw_.normal(DType::kF32, {7, 33}), w = draw_.normal(DType::kF32, {9, 33});
  const Tensor y = draw_.normal(DType::kF32, {7, 9});
  const std::vector<float> a = values(x), b = values(w);
  std::vector<float> expected = values(y);
  for (std::size_t n = 0; n < 7; ++n) {
    for (std::size_t o = 0; o < 9; ++o) {
      float sum = 0.0f;
      for (std::size_t k = 0; k < 33; ++k) sum += a[n * 33 + k] * b[o * 33 + k];
      expected[n * 9 + o] += sum;
    }
  }
  op_.matmul(ctx_, y, x, w, Tensor(), true);
  EXPECT_EQ(values(y), expected);
}

TEST_F(ForwardTest, matmul_row_does_not_depend_on_the_others) {
  const Tensor x = draw_.normal(DType::kF32, {9, 33}), w = draw_.normal(DType::kF32, {31, 33});
  const Tensor all = ctx_.empty(DType::kF32, {9, 31}), one = ctx_.empty(DType::kF32, {1, 31});
  op_.matmul(ctx_, all, x, w, Tensor(), false);
  op_.matmul(ctx_, one, x.rows(4, 1), w, Tensor(), false);
  EXPECT_EQ(values(one), values(all.rows(4, 1)));
}

TEST_F(ForwardTest, quantized_matmul_equals_decoding_first) {
  for (const DType type : {DType::kQ4_0, DType::kQ4_1, DType::kQ5_0, DType::kQ5_1, DType::kQ8_0,
                           DType::kF16, DType::kQ3_K}) {
    const Tensor x = draw_.normal(DType::kF32, {3, 256}), w = draw_.normal(type, {7, 256});
    const Tensor y = ctx_.empty(DType::kF32, {3, 7}), expected = ctx_.empty(DType::kF32, {3, 7});
    op_.matmul(ctx_, y, x, w, Tensor(), false);
    op_.matmul(ctx_, expected, x, f32(w), Tensor(), false);
    EXPECT_EQ(values(y), values(expected));
  }
}

TEST_F(ForwardTest, rmsnorm_adds_the_branch_and_normalises) {
  const Tensor x = draw_.normal(DType::kF32, {3, 7}), branch = draw_.normal(DType::kF32, {3, 7});
  const Tensor w = draw_.normal(DType::kF32, {7}), rstd = ctx_.empty(DType::kF32, {3});
  const Tensor y = ctx_.empty(DType::kF32, {3, 7}), h = ctx_.empty(DType::kF32, {3, 7});
  op_.rmsnorm_forward(ctx_, y, h, rstd, x, branch, w, 0.25f);
  const std::vector<float> a = values(x), b = values(branch), c = values(w);
  for (std::size_t n = 0; n < 3; ++n) {
    double squares = 0.0;
    for (std::size_t i = 0; i < 7; ++i) {
      const float sum = a[n * 7 + i] + b[n * 7 + i];
      EXPECT_EQ(values(h)[n * 7 + i], sum);
      squares += static_cast<double>(sum) * static_cast<double>(sum);
    }
    const double expected = 1.0 / std::sqrt(squares / 7.0 + 0.25);
    EXPECT_NEAR(values(rstd)[n], expected, 1e-6);
    for (std::size_t i = 0; i < 7; ++i) {
      const float sum = a[n * 7 + i] + b[n * 7 + i];
      EXPECT_NEAR(values(y)[n * 7 + i], static_cast<double>(sum * c[i]) * expected, 1e-5);
    }
  }
}

TEST_F(ForwardTest, bias_is_added_to_the_sum_before_rounding) {
  const Tensor x = draw_.normal(DType::kBF16, {3, 33}), w = draw_.normal(DType::kBF16, {7, 33});
  const Tensor bias = draw_.normal(DType::kF32, {7}), y = draw_.normal(DType::kBF16, {3, 7});
  const Tensor sums = ctx_.empty(DType::kF32, {3, 7}), expected = ctx_.empty(DType::kF32, {3, 7});
  op_.matmul(ctx_, sums, x, w, Tensor(), false);
  std::vector<float> total = values(sums);
  for (std::size_t i = 0; i < total.size(); ++i) {
    total[i] = values(y)[i] + (total[i] + values(bias)[i % 7]);
  }
  op_.copy_from_host(ctx_, expected, total.data());
  op_.matmul(ctx_, y, x, w, bias, true);
  EXPECT_EQ(values(y), rounded(expected));
}

TEST_F(ForwardTest, layernorm_adds_the_branch_and_normalises) {
  const Tensor x = draw_.normal(DType::kF32, {3, 7}), branch = draw_.normal(DType::kF32, {3, 7});
  const Tensor w = draw_.normal(DType::kF32, {7}), bias = draw_.normal(DType::kF32, {7});
  const Tensor mean = ctx_.empty(DType::kF32, {3}), rstd = ctx_.empty(DType::kF32, {3});
  const Tensor y = ctx_.empty(DType::kF32, {3, 7}), h = ctx_.empty(DType::kF32, {3, 7});
  op_.layernorm_forward(ctx_, y, h, mean, rstd, x, branch, w, bias, 0.25f);
  const std::vector<float> a = values(x), b = values(branch), c = values(w), d = values(bias);
  for (std::size_t n = 0; n < 3; ++n) {
    double sum = 0.0, squares = 0.0;
    for (std::size_t i = 0; i < 7; ++i) {
      EXPECT_EQ(values(h)[n * 7 + i], a[n * 7 + i] + b[n * 7 + i]);
      sum += static_cast<double>(values(h)[n * 7 + i]);
    }
    for (std::size_t i = 0; i < 7; ++i) {
      const double gap = static_cast<double>(values(h)[n * 7 + i]) - sum / 7.0;
      squares += gap * gap;
    }
    const double inverse = 1.0 / std::sqrt(squares / 7.0 + 0.25);
    EXPECT_NEAR(values(mean)[n], sum / 7.0, 1e-6);
    EXPECT_NEAR(values(rstd)[n], inverse, 1e-6);
    for (std::size_t i = 0; i < 7; ++i) {
      const double gap = static_cast<double>(values(h)[n * 7 + i]) - sum / 7.0;
      const double expected = gap * inverse * static_cast<double>(c[i]) + static_cast<double>(d[i]);
      EXPECT_NEAR(values(y)[n * 7 + i], expected, 1e-5);
    }
  }
}

// Values of torch.nn.functional.gelu with approximate="none" and "tanh".
TEST_F(ForwardTest, gelu_has_the_values_of_torch) {
  const Tensor x = ctx_.upload(DType::kF32, {6}, std::vector<float>{-5, -3, -1, 0, 0.5f, 2});
  const Tensor y = ctx_.empty(DType::kF32, {6});
  const std::vector<double> erf = {-1.43325786e-06, -0.00404969409, -0.158655254, 0,
                                   0.345731231,     1.95449974};
  const std::vector<double> tanh = {-2.2917962e-07, -0.00363739208, -0.158808009, 0,
                                    0.34571401,     1.95459769};
  for (const Gelu form : {Gelu::kErf, Gelu::kTanh}) {
    op_.gelu_forward(ctx_, y, x, form);
    for (std::size_t i = 0; i < 6; ++i) {
      EXPECT_NEAR(values(y)[i], (form == Gelu::kErf ? erf : tanh)[i], 1e-6);
    }
  }
}

TEST_F(ForwardTest, attention_is_the_softmax_average_of_visible_values) {
  const AttentionShape shape{2, 9, 4, 2, 5, 0.4f};
  const Tensor q = draw_.normal(DType::kF32, {2, 9, 4, 5}),
               k = draw_.normal(DType::kF32, {2, 9, 2, 5});
  const Tensor v = draw_.normal(DType::kF32, {2, 9, 2, 5}),
               o = ctx_.empty(DType::kF32, {2, 9, 4, 5});
  const Tensor lse = ctx_.empty(DType::kF32, {2, 9, 4});
  op_.attention_forward(ctx_, o, lse, q, k, v, Tensor(), Tensor(), shape);
  const std::vector<float> qs = values(q), ks = values(k), vs = values(v);
  for (std::size_t b = 0; b < 2; ++b) {
    for (std::size_t t = 0; t < 9; ++t) {
      for (std::size_t h = 0; h < 4; ++h) {
        const std::size_t query = ((b * 9 + t) * 4 + h) * 5;
        double total = 0.0;
        std::vector<double> average(5, 0.0);
        for (std::size_t s = 0; s <= t; ++s) {
          const std::size_t key = ((b * 9 + s) * 2 + h / 2) * 5;
          double score = 0.0;
          for (std::size_t d = 0; d < 5; ++d)
            score += static_cast<double>(qs[query + d] * ks[key + d]);
          const double weight = std::exp(static_cast<double>(shape.scale) * score);
          total += weight;
          for (std::size_t d = 0; d < 5; ++d)
            average[d] += weight * static_cast<double>(vs[key + d]);
        }
        EXPECT_NEAR(values(lse)[(b * 9 + t) * 4 + h], std::log(total), 1e-5);
        for (std::size_t d = 0; d < 5; ++d) {
          EXPECT_NEAR(values(o)[query + d], average[d] / total, 1e-5);
        }
      }
    }
  }
}

// A bias of slope * s is that of slope * (s - t): the softmax does not see the difference.
TEST_F(ForwardTest, attention_bias_is_added_to_the_scores_of_its_head) {
  const AttentionShape shape{1, 5, 2, 1, 1, 0.4f};
  const float slopes[] = {0.5f, 0.25f};
  std::vector<float> table;
  for (const float slope : slopes) {
    for (int s = 0; s < 6; ++s) table.push_back(slope * static_cast<float>(s));
  }
  const Tensor bias = ctx_.upload(DType::kF32, {2, 6}, table);
  const Tensor q = draw_.normal(DType::kF32, {1, 5, 2, 1}), o = ctx_.empty(DType::kF32, q.shape());
  const Tensor k = draw_.normal(DType::kF32, {1, 5, 1, 1});
  const Tensor v = draw_.normal(DType::kF32, {1, 5, 1, 1});
  op_.attention_forward(ctx_, o, Tensor(), q, k, v, bias, Tensor(), shape);
  for (std::size_t t = 0; t < 5; ++t) {
    for (std::size_t h = 0; h < 2; ++h) {
      double total = 0.0, average = 0.0;
      for (std::size_t s = 0; s <= t; ++s) {
        const auto distance = static_cast<double>(s) - static_cast<double>(t);
        const double score = 0.4 * static_cast<double>(values(q)[t * 2 + h] * values(k)[s]);
        const double weight = std::exp(score + static_cast<double>(slopes[h]) * distance);
        total += weight;
        average += weight * static_cast<double>(values(v)[s]);
      }
      EXPECT_NEAR(values(o)[t * 2 + h], average / total, 1e-5);
    }
  }
}

TEST_F(ForwardTest, head_loss_is_the_cross_entropy_of_its_row) {
  const Tensor x = draw_.normal(DType::kF32, {70, 7}), w = draw_.normal(DType::kF32, {33, 7});
  const Tensor targets = draw_.ids({70}, 33), loss = ctx_.empty(DType::kF32, {70});
  op_.head_loss(ctx_, loss, Tensor(), Tensor(), x, w, targets, {1.0f});
  const Tensor logits = ctx_.empty(DType::kF32, {70, 33});
  op_.matmul(ctx_, logits, x, w, Tensor(), false);
  const std::vector<float> scores = values(logits), ids = values(targets);
  for (std::size_t n = 0; n < 70; ++n) {
    double total = 0.0;
    for (std::size_t i = 0; i < 33; ++i) total += std::exp(static_cast<double>(scores[n * 33 + i]));
    const auto target = static_cast<std::size_t>(ids[n]);
    const double expected = std::log(total) - static_cast<double>(scores[n * 33 + target]);
    EXPECT_NEAR(values(loss)[n], expected, 1e-5);
  }
}

TEST_F(ForwardTest, bf16_results_are_the_f32_results_rounded) {
  const Shape shape{9, 33};
  const Tensor x = draw_.normal(DType::kBF16, shape), other = draw_.normal(DType::kBF16, shape);
  const Tensor w = draw_.normal(DType::kBF16, {7, 33}), norm = draw_.normal(DType::kBF16, {33});
  const Tensor narrow = ctx_.empty(DType::kBF16, shape), wide = ctx_.empty(DType::kF32, shape);
  const Tensor y = ctx_.empty(DType::kBF16, {9, 7}), y_wide = ctx_.empty(DType::kF32, {9, 7});
  const Tensor rstd = ctx_.empty(DType::kF32, {9});

  op_.add(ctx_, narrow, x, other);
  op_.add(ctx_, wide, f32(x), f32(other));
  EXPECT_EQ(values(narrow), rounded(wide));
  op_.swiglu_forward(ctx_, narrow, x, other);
  op_.swiglu_forward(ctx_, wide, f32(x), f32(other));
  EXPECT_EQ(values(narrow), rounded(wide));
  op_.rmsnorm_forward(ctx_, narrow, Tensor(), rstd, f32(x), other, norm, 1e-5f);
  op_.rmsnorm_forward(ctx_, wide, Tensor(), rstd, f32(x), f32(other), f32(norm), 1e-5f);
  EXPECT_EQ(values(narrow), rounded(wide));
  op_.matmul(ctx_, y, x, w, Tensor(), false);
  op_.matmul(ctx_, y_wide, f32(x), f32(w), Tensor(), false);
  EXPECT_EQ(values(y), rounded(y_wide));
  const Tensor dy = y;
  op_.matmul_dx(ctx_, narrow, dy, w, false);
  op_.matmul_dx(ctx_, wide, f32(dy), f32(w), false);
  EXPECT_EQ(values(narrow), rounded(wide));

  const Tensor mean = ctx_.empty(DType::kF32, {9});
  op_.layernorm_forward(ctx_, narrow, Tensor(), mean, rstd, f32(x), other, norm, norm, 1e-5f);
  op_.layernorm_forward(ctx_, wide, Tensor(), mean, rstd, f32(x), f32(other), f32(norm), f32(norm),
                        1e-5f);
  EXPECT_EQ(values(narrow), rounded(wide));
  op_.gelu_forward(ctx_, narrow, x, Gelu::kErf);
  op_.gelu_forward(ctx_, wide, f32(x), Gelu::kErf);
  EXPECT_EQ(values(narrow), rounded(wide));

  const AttentionShape attention{1, 9, 3, 1, 11, 0.3f};
  const Tensor k = draw_.normal(DType::kBF16, {9, 11}), v = draw_.normal(DType::kBF16, {9, 11});
  op_.attention_forward(ctx_, narrow, Tensor(), x, k, v, Tensor(), Tensor(), attention);
  op_.attention_forward(ctx_, wide, Tensor(), f32(x), f32(k), f32(v), Tensor(), Tensor(),
                        attention);
  EXPECT_EQ(values(narrow), rounded(wide));
}

TEST_F(ForwardTest, copy_converts_between_shapes_of_one_size) {
  const Tensor x = draw_.normal(DType::kF32, {6, 4}), y = ctx_.empty(DType::kBF16, {3, 8});
  op_.copy(ctx_, y, x);
  EXPECT_EQ(values(y), rounded(x));
}

}  // namespace
}  // namespace lucie
