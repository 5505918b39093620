#include "tensor/op_trace.h"

#include <gtest/gtest.h>

#include "tensor/ops.h"

namespace lucie {
namespace {

class OpTraceTest : public testing::Test {
 protected:
  Tensor zeros(Shape shape) { return ctx_.zeros(DType::kF32, shape); }

  ThreadPool pool_{1};
  Context ctx_{make_ref_device(), pool_};
};

TEST_F(OpTraceTest, counts_what_products_and_attention_compute_and_move) {
  const Tensor x = zeros({3, 5}), w = zeros({7, 5}), y = zeros({3, 7}), dw = zeros({7, 5});
  const Tensor loss = zeros({3}), targets = ctx_.upload({3}, std::vector<std::int32_t>{0, 1, 2});
  const Tensor q = zeros({1, 4, 2, 8}), lse = zeros({1, 4, 2});
  OpTrace trace(ctx_);
  ctx_.op().matmul(ctx_, y, x, w, Tensor(), false);
  ctx_.op().matmul_dx(ctx_, x, y, w, false);
  ctx_.op().matmul_dw(ctx_, dw, y, x);
  ctx_.op().head_loss(ctx_, loss, x, Tensor(), x, w, targets, {1.0f});
  ctx_.op().attention_forward(ctx_, q, lse, q, q, q, Tensor(), Tensor(), {1, 4, 2, 2, 8, 1.0f});
  ctx_.op().attention_backward(ctx_, q, q, q, q, q, lse, q, q, q, Tensor(), Tensor(),
                               {1, 4, 2, 2, 8, 1.0f});
  ctx_.op().scale(ctx_, x, 2.0f);

  const std::vector<OpEvent>& events = trace.events();
  ASSERT_EQ(events.size(), 7u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(events[i].flops, 2.0 * 3 * 5 * 7) << events[i].name;
    EXPECT_EQ(events[i].bytes, 4.0 * (15 + 35 + 21)) << events[i].name;
  }
  EXPECT_EQ(events[3].flops, 2 * 2.0 * 3 * 5 * 7);            // without dw
  EXPECT_EQ(events[4].flops, 4.0 * 2 * 8 * (1 + 2 + 3 + 4));  // keys that queries see
  EXPECT_EQ(events[5].flops, 2.5 * events[4].flops);          // five products instead of two
  EXPECT_EQ(events[6].name, "scale");
  EXPECT_EQ(events[6].flops, 0.0);
  for (std::size_t i = 1; i < events.size(); ++i) {
    EXPECT_GE(events[i].start_s, events[i - 1].start_s + events[i - 1].seconds);
  }
}

TEST_F(OpTraceTest, adds_up_by_name_and_ends_with_its_life) {
  const Tensor x = zeros({2, 2});
  {
    OpTrace trace(ctx_);
    ctx_.op().fill(ctx_, x, 3.0f);
    ctx_.op().fill(ctx_, x, 4.0f);
    ctx_.op().scale(ctx_, x, 0.5f);
    const std::vector<OpEvent> totals = trace.totals();
    ASSERT_EQ(totals.size(), 2u);
    EXPECT_GE(totals[0].seconds, totals[1].seconds);
    const OpEvent& fill = totals[totals[0].name == "fill" ? 0 : 1];
    EXPECT_EQ(fill.bytes, 32.0);
    EXPECT_EQ(fill.seconds, trace.events()[0].seconds + trace.events()[1].seconds);
  }
  EXPECT_EQ(&ctx_.op(), &ctx_.device().ops());
  EXPECT_EQ(ctx_.download(x), std::vector<float>(4, 2.0f));  // traced operations did their work
}

TEST_F(OpTraceTest, writes_what_chrome_reads) {
  const Tensor x = zeros({2, 2});
  OpTrace trace(ctx_);
  ctx_.op().scale(ctx_, x, 2.0f);
  const Json written = trace.chrome_trace();
  const Json& event = written.at("traceEvents").items().front();
  EXPECT_EQ(event.at("name").as_string(), "scale");
  EXPECT_EQ(event.at("ph").as_string(), "X");
  EXPECT_DOUBLE_EQ(event.at("dur").as_double(), trace.events()[0].seconds * 1e6);
  EXPECT_EQ(event.at("args").at("bytes").as_double(), 16.0);
}

}  // namespace
}  // namespace lucie
