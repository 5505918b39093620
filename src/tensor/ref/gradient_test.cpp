// Every backward operation against finite differences of its forward one.
#include <gtest/gtest.h>

#include <cmath>

#include "tensor/op_cases.h"

namespace lucie {
namespace {

// Between f32 results and differences of them, relative to the largest gradient.
constexpr double kTolerance = 3e-4;

struct Size {
  std::int64_t rows, width;
};
constexpr Size kSizes[] = {{1, 3}, {3, 7}, {7, 9}, {2, 33}};

class GradientTest : public testing::Test {
 protected:
  // sum of output * weights: a scalar whose gradient at the output is `weights`.
  double weighted(const Tensor& output, const Tensor& weights) {
    const std::vector<float> a = ctx_.download(output), b = ctx_.download(weights);
    double total = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      total += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    }
    return total;
  }

  // d objective / d x by central differences of fourth order, changing x in place.
  std::vector<float> differences(const Tensor& x, const std::function<double()>& objective) {
    constexpr float kStep = 0.03125f;
    const std::vector<float> start = ctx_.download(x);
    std::vector<float> gradient;
    for (std::size_t i = 0; i < start.size(); ++i) {
      const auto at = [&](float offset) {
        std::vector<float> moved = start;
        moved[i] += offset;
        ctx_.op().copy_from_host(ctx_, x, moved.data());
        return objective();
      };
      const double near = at(kStep) - at(-kStep), far = at(2 * kStep) - at(-2 * kStep);
      gradient.push_back(static_cast<float>((8.0 * near - far) / (12.0 * kStep)));
    }
    ctx_.op().copy_from_host(ctx_, x, start.data());
    return gradient;
  }

  // `gradient` was added to `before`, or written over it when before is undefined.
  void expect_gradient(const Tensor& gradient, const std::vector<float>& before, const Tensor& x,
                       const std::function<double()>& objective) {
    std::vector<float> actual = ctx_.download(gradient);
    for (std::size_t i = 0; i < before.size(); ++i) actual[i] -= before[i];
    EXPECT_LE(relative_error(actual, differences(x, objective)), kTolerance);
  }

  void expect_attention_gradients(const AttentionShape& s, const Tensor& bias,
                                  const Tensor& starts) {
    const Shape queries{s.batch, s.queries, s.heads, s.head_dim};
    const Shape keys{s.batch, s.queries, s.kv_heads, s.head_dim};
    const Tensor q = draw_.normal(DType::kF32, queries), k = draw_.normal(DType::kF32, keys);
    const Tensor v = draw_.normal(DType::kF32, keys), d_o = draw_.normal(DType::kF32, queries);
    const Tensor o = ctx_.zeros(DType::kF32, queries);
    const Tensor lse = ctx_.zeros(DType::kF32, {s.batch, s.queries, s.heads});
    const auto objective = [&] {
      op_.attention_forward(ctx_, o, lse, q, k, v, bias, starts, s);
      return weighted(o, d_o);
    };
    objective();
    const Tensor dq = draw_.unwritten(DType::kF32, queries);
    const Tensor dk = draw_.unwritten(DType::kF32, keys), dv = draw_.unwritten(DType::kF32, keys);
    op_.attention_backward(ctx_, dq, dk, dv, d_o, o, lse, q, k, v, bias, starts, s);
    expect_gradient(dq, kWritten, q, objective);
    expect_gradient(dk, kWritten, k, objective);
    expect_gradient(dv, kWritten, v, objective);
  }

  ThreadPool pool_{1};
  Context ctx_{make_ref_device(), pool_};
  const Ops& op_ = ctx_.op();
  CaseRun draw_{ctx_, "gradient_test"};
  const std::vector<float> kWritten{};
};

TEST_F(GradientTest, rmsnorm) {
  for (const Size& size : kSizes) {
    const Shape shape{size.rows, size.width};
    const Tensor h = draw_.normal(DType::kF32, shape), w = draw_.normal(DType::kF32, {size.width});
    const Tensor dy = draw_.normal(DType::kF32, shape), y = ctx_.zeros(DType::kF32, shape);
    const Tensor rstd = ctx_.zeros(DType::kF32, {size.rows});
    const auto objective = [&] {
      op_.rmsnorm_forward(ctx_, y, Tensor(), rstd, h, Tensor(), w, 0.5f);
      return weighted(y, dy);
    };
    objective();
    const Tensor dh = draw_.normal(DType::kF32, shape),
                 dw = draw_.normal(DType::kF32, {size.width});
    const std::vector<float> dh_before = ctx_.download(dh), dw_before = ctx_.download(dw);
    op_.rmsnorm_backward(ctx_, dh, dw, dy, h, rstd, w);
    expect_gradient(dh, dh_before, h, objective);
    expect_gradient(dw, dw_before, w, objective);
  }
}

TEST_F(GradientTest, layernorm) {
  for (const Size& size : kSizes) {
    const Shape shape{size.rows, size.width};
    const Tensor h = draw_.normal(DType::kF32, shape), w = draw_.normal(DType::kF32, {size.width});
    const Tensor bias = draw_.normal(DType::kF32, {size.width});
    const Tensor dy = draw_.normal(DType::kF32, shape), y = ctx_.zeros(DType::kF32, shape);
    const Tensor mean = ctx_.zeros(DType::kF32, {size.rows});
    const Tensor rstd = ctx_.zeros(DType::kF32, {size.rows});
    const auto objective = [&] {
      op_.layernorm_forward(ctx_, y, Tensor(), mean, rstd, h, Tensor(), w, bias, 0.5f);
      return weighted(y, dy);
    };
    objective();
    const Tensor dh = draw_.normal(DType::kF32, shape);
    const Tensor dw = draw_.normal(DType::kF32, {size.width});
    const Tensor dbias = draw_.normal(DType::kF32, {size.width});
    const std::vector<float> dh_before = ctx_.download(dh), dw_before = ctx_.download(dw);
    const std::vector<float> dbias_before = ctx_.download(dbias);
    op_.layernorm_backward(ctx_, dh, dw, dbias, dy, h, mean, rstd, w);
    expect_gradient(dh, dh_before, h, objective);
    expect_gradient(dw, dw_before, w, objective);
    expect_gradient(dbias, dbias_before, bias, objective);
  }
}

TEST_F(GradientTest, gelu) {
  for (const Gelu form : {Gelu::kErf, Gelu::kTanh}) {
    const Shape shape{7, 33};
    const Tensor x = draw_.normal(DType::kF32, shape, 2.0f), dy = draw_.normal(DType::kF32, shape);
    const Tensor y = ctx_.zeros(DType::kF32, shape), dx = draw_.unwritten(DType::kF32, shape);
    op_.gelu_backward(ctx_, dx, dy, x, form);
    expect_gradient(dx, kWritten, x, [&] {
      op_.gelu_forward(ctx_, y, x, form);
      return weighted(y, dy);
    });
  }
}

TEST_F(GradientTest, matmul) {
  for (const Size& size : kSizes) {
    for (const std::int64_t out : {1, 9}) {
      const Tensor x = draw_.normal(DType::kF32, {size.rows, size.width});
      const Tensor w = draw_.normal(DType::kF32, {out, size.width});
      const Tensor dy = draw_.normal(DType::kF32, {size.rows, out});
      const Tensor y = ctx_.zeros(DType::kF32, {size.rows, out});
      const Tensor bias = draw_.normal(DType::kF32, {out});
      const auto objective = [&] {
        op_.matmul(ctx_, y, x, w, bias, false);
        return weighted(y, dy);
      };
      const Tensor dx = draw_.unwritten(DType::kF32, x.shape());
      op_.matmul_dx(ctx_, dx, dy, w, false);
      expect_gradient(dx, kWritten, x, objective);
      const Tensor dw = draw_.normal(DType::kF32, w.shape());
      const std::vector<float> before = ctx_.download(dw);
      op_.matmul_dw(ctx_, dw, dy, x);
      expect_gradient(dw, before, w, objective);
      const Tensor dbias = draw_.normal(DType::kF32, {out});
      const std::vector<float> dbias_before = ctx_.download(dbias);
      op_.bias_backward(ctx_, dbias, dy);
      expect_gradient(dbias, dbias_before, bias, objective);
    }
  }
}

TEST_F(GradientTest, swiglu) {
  for (const Size& size : kSizes) {
    const Shape shape{size.rows, size.width};
    const Tensor gate = draw_.normal(DType::kF32, shape), up = draw_.normal(DType::kF32, shape);
    const Tensor dy = draw_.normal(DType::kF32, shape), y = ctx_.zeros(DType::kF32, shape);
    const Tensor dgate = draw_.unwritten(DType::kF32, shape),
                 dup = draw_.unwritten(DType::kF32, shape);
    const auto objective = [&] {
      op_.swiglu_forward(ctx_, y, gate, up);
      return weighted(y, dy);
    };
    op_.swiglu_backward(ctx_, dgate, dup, dy, gate, up);
    expect_gradient(dgate, kWritten, gate, objective);
    expect_gradient(dup, kWritten, up, objective);
  }
}

TEST_F(GradientTest, gather_rows) {
  const Tensor x = draw_.normal(DType::kF32, {7, 3}), rows = draw_.ids({33}, 7);
  const Tensor dy = draw_.normal(DType::kF32, {33, 3}), y = ctx_.zeros(DType::kF32, {33, 3});
  const Tensor dx = draw_.normal(DType::kF32, {7, 3});
  const std::vector<float> before = ctx_.download(dx);
  op_.gather_rows_backward(ctx_, dx, dy, rows);
  expect_gradient(dx, before, x, [&] {
    op_.gather_rows(ctx_, y, x, rows);
    return weighted(y, dy);
  });
}

// The gradient of a rotation is the inverse rotation.
TEST_F(GradientTest, rope) {
  std::vector<float> angles;
  for (int p = 0; p < 9; ++p) {
    for (int i = 0; i < 3; ++i) angles.push_back(std::cos(static_cast<float>(p * (i + 1))));
    for (int i = 0; i < 3; ++i) angles.push_back(std::sin(static_cast<float>(p * (i + 1))));
  }
  const Tensor table = ctx_.upload(DType::kF32, {9, 6}, angles), positions = draw_.ids({3}, 9);
  for (const RopeStyle style : {RopeStyle::kHalf, RopeStyle::kInterleaved}) {
    const Shape shape{3, 2, 7};
    const Tensor x = draw_.normal(DType::kF32, shape), dy = draw_.normal(DType::kF32, shape);
    const Tensor y = ctx_.zeros(DType::kF32, shape), dx = ctx_.zeros(DType::kF32, shape);
    op_.copy(ctx_, dx, dy);
    op_.rope(ctx_, dx, positions, table, style, true);
    expect_gradient(dx, kWritten, x, [&] {
      op_.copy(ctx_, y, x);
      op_.rope(ctx_, y, positions, table, style, false);
      return weighted(y, dy);
    });
    op_.rope(ctx_, dx, positions, table, style, false);
    EXPECT_LE(relative_error(ctx_.download(dx), ctx_.download(dy)), 1e-6);
  }
}

TEST_F(GradientTest, attention) {
  const AttentionShape shapes[] = {
      {1, 3, 1, 1, 1, 1.0f}, {2, 7, 4, 2, 3, 0.5f}, {1, 9, 3, 1, 4, 0.7f}, {2, 3, 3, 3, 9, 0.3f}};
  for (const AttentionShape& s : shapes) {
    const Tensor bias = draw_.normal(DType::kF32, {s.heads, s.queries + 2});
    expect_attention_gradients(s, Tensor(), Tensor());
    expect_attention_gradients(s, bias, Tensor());
    std::vector<std::int32_t> starts;  // documents of two tokens; at last one of the rest
    for (std::int64_t n = 0; n < s.batch * s.queries; ++n) {
      const std::int64_t t = n % s.queries;
      starts.push_back(static_cast<std::int32_t>(std::min<std::int64_t>(t / 2 * 2, 4)));
    }
    expect_attention_gradients(s, bias, ctx_.upload({s.batch, s.queries}, starts));
  }
}

TEST_F(GradientTest, head_loss_with_masked_targets_and_scale) {
  constexpr float kScale = 0.375f;
  for (const std::int64_t rows : {1, 7, 70}) {
    const std::int64_t vocab = 9, width = 3;
    std::vector<std::int32_t> ids;
    for (const float id : ctx_.download(draw_.ids({rows}, vocab))) {
      ids.push_back(ids.size() % 3 == 1 ? -100 : static_cast<std::int32_t>(id));
    }
    const Tensor targets = ctx_.upload({rows}, ids), loss = ctx_.zeros(DType::kF32, {rows});
    const Tensor x = draw_.normal(DType::kF32, {rows, width});
    const Tensor w = draw_.normal(DType::kF32, {vocab, width});
    const Tensor dx = draw_.unwritten(DType::kF32, x.shape()),
                 dw = draw_.normal(DType::kF32, w.shape());
    const std::vector<float> before = ctx_.download(dw);
    op_.head_loss(ctx_, loss, dx, dw, x, w, targets, {kScale});
    const auto objective = [&] {
      op_.head_loss(ctx_, loss, Tensor(), Tensor(), x, w, targets, {kScale});
      double total = 0.0;
      for (const float value : ctx_.download(loss)) total += static_cast<double>(value);
      return static_cast<double>(kScale) * total;
    };
    expect_gradient(dx, kWritten, x, objective);
    expect_gradient(dw, before, w, objective);
    if (rows > 1) {
      EXPECT_EQ(ctx_.download(loss)[1], 0.0f);
      EXPECT_EQ(ctx_.download(dx.rows(1, 1)), std::vector<float>(3, 0.0f));
    }
  }
}

}  // namespace
}  // namespace lucie
