#include "eval/model_comparison.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "model/load.h"
#include "model/save.h"
#include "model/test_model.h"

namespace lucie {
namespace {

using testing_base::error_of;
using testing_model::small_config;
using testing_model::small_model;

class Comparison : public testing::Test {
 protected:
  Comparison() {
    for (std::int32_t i = 0; i < 70; ++i) ids_.push_back(3 + 11 * i % 240);
  }
  ThreadPool pool_{2};
  Context ctx_{make_cpu_device(), pool_};
  Decoder exact_ = small_model(ctx_);
  std::vector<std::int32_t> ids_;
};

TEST_F(Comparison, of_a_model_with_itself_finds_nothing) {
  const ModelComparison same = compare_models(ctx_, exact_, exact_, ids_, 32);
  EXPECT_EQ(same.positions, 2 * 31);
  EXPECT_EQ(same.divergence, 0.0);
  EXPECT_EQ(same.agreement, 1.0);
  EXPECT_EQ(same.nats_before, same.nats_after);
  ASSERT_EQ(same.tensors.size(), 2u * 7u + 2u);
  for (const TensorLoss& tensor : same.tensors) EXPECT_EQ(tensor.error, 0.0) << tensor.name;
}

// A head of zeros gives every token the same probability: the divergence is log V less the entropy
// of the exact model, and its perplexity is V.
TEST_F(Comparison, with_an_even_distribution_is_what_the_formula_says) {
  Parameters weights = exact_.weights();
  std::size_t head = 0;
  while (weights.specs()[head].slot != Slot::kHead) ++head;
  weights.set(head, ctx_.zeros(DType::kF32, weights[head].shape()));
  const Decoder even(ctx_, exact_.config(), weights);
  const ModelComparison found = compare_models(ctx_, exact_, even, ids_, 40);
  EXPECT_NEAR(found.perplexity_after(), 288.0, 1e-3);

  Activations activations(ctx_, exact_.config(), 40, DType::kF32, Activations::Keep::kOneLayer);
  const std::span<const std::int32_t> window = std::span(ids_).first(40);
  exact_.forward(ctx_, make_batch(ctx_, window, {}, 1), activations);
  std::vector<std::int32_t> rows(39);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int32_t>(i);
  const std::vector<float> logits =
      ctx_.download(exact_.logits(ctx_, activations, 40, ctx_.upload({39}, rows)));
  double divergence = 0, nats = 0;
  for (std::size_t n = 0; n < 39; ++n) {
    double total = 0;
    for (std::size_t i = 0; i < 288; ++i)
      total += std::exp(static_cast<double>(logits[288 * n + i]));
    for (std::size_t i = 0; i < 288; ++i) {
      const double p = std::exp(static_cast<double>(logits[288 * n + i])) / total;
      divergence += p * (std::log(p) + std::log(288.0));
    }
    nats += std::log(total) -
            static_cast<double>(logits[288 * n + static_cast<std::size_t>(window[n + 1])]);
  }
  EXPECT_NEAR(found.divergence, divergence / 39, 1e-4);
  EXPECT_NEAR(found.nats_before, nats, 1e-3);
  EXPECT_LT(found.agreement, 0.2);
  ASSERT_EQ(found.divergence_by_share.size(), 4u);
  EXPECT_LT(found.divergence_by_share[0], found.divergence_by_share[3]);
  EXPECT_NEAR(found.tensors.back().error + found.tensors.front().error, 1.0, 1e-9);
}

// The same model as a GGUF holds it: rotary rows as pairs.
TEST_F(Comparison, knows_rows_that_stand_in_another_order) {
  const testing_base::Folder folder;
  SaveOptions options;
  options.dtype = DType::kF32;
  testing_model::save_plain_gguf(folder / "x.gguf", exact_.config(),
                                 values_of(ctx_, exact_.weights()), nullptr, options);
  const LoadedModel pairs = load_model(ctx_, folder / "x.gguf", TokenizerNeed::kNone);
  ASSERT_NE(pairs.decoder->config().rope.style, exact_.config().rope.style);
  const ModelComparison found = compare_models(ctx_, exact_, *pairs.decoder, ids_, 32);
  for (const TensorLoss& tensor : found.tensors) EXPECT_EQ(tensor.error, 0.0) << tensor.name;
}

TEST_F(Comparison, stands_weights_that_are_no_numbers) {
  Parameters weights = exact_.weights();
  std::vector<float> values = ctx_.download(weights[1]);
  values[3] = NAN;
  weights.set(1, ctx_.upload(DType::kF32, weights[1].shape(), values));
  const ModelComparison found =
      compare_models(ctx_, exact_, Decoder(ctx_, exact_.config(), weights), ids_, 32);
  EXPECT_EQ(found.divergence, HUGE_VAL);
  EXPECT_EQ(found.divergence_by_share.front(), HUGE_VAL);
}

TEST_F(Comparison, of_too_little_text_is_refused) {
  for (const std::int64_t window : {0, 1, 71}) {
    EXPECT_EQ(error_of([&] { compare_models(ctx_, exact_, exact_, ids_, window); }).code(),
              ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace lucie
