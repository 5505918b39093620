#include "eval/tensor_effects.h"

#include <gtest/gtest.h>

#include "eval/model_comparison.h"
#include "model/placement.h"
#include "model/test_model.h"

namespace lucie {
namespace {

class TensorEffects : public testing::Test {
 protected:
  TensorEffects() {
    config_.hidden_size = 32;
    config_.num_attention_heads = 8;
    for (std::int32_t i = 0; i < 40; ++i) ids_.push_back(3 + 11 * i % 240);
  }
  Decoder model() { return testing_model::small_model(ctx_, config_); }
  // By name of the file's tensor.
  double effect(const Decoder& decoder, const std::string& name) {
    const auto files = file_tensors(decoder.weights().specs(), &TensorSpec::gguf);
    const std::vector<double> effects = tensor_effects(ctx_, decoder, ids_, {});
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (files[i].name == name) return effects[i];
    }
    ADD_FAILURE() << "no tensor " << name;
    return -1;
  }

  ThreadPool pool_{2};
  Context ctx_{make_cpu_device(), pool_};
  ModelConfig config_ = testing_model::small_config();
  std::vector<std::int32_t> ids_;
};

TEST_F(TensorEffects, are_what_rounding_that_tensor_alone_does) {
  const Decoder exact = model();
  Parameters weights = exact.weights();
  const std::size_t up = weights.position(Slot::kUp, 1);
  weights.set(up, ctx_.upload(DType::kQ4_0, weights[up].shape(), ctx_.download(weights[up])));
  const Decoder other(ctx_, config_, weights);
  ids_.push_back(7);  // the comparison predicts no token from the last
  const ModelComparison whole = compare_models(ctx_, exact, other, ids_, 41);
  ids_.pop_back();
  double error = 0;
  for (const TensorLoss& tensor : whole.tensors) error += tensor.error * tensor.error;
  EXPECT_NEAR(effect(exact, "blk.1.ffn_up.weight"), whole.divergence / error,
              1e-5 * whole.divergence / error);
}

TEST_F(TensorEffects, of_what_is_not_heard_is_none) {
  const Decoder exact = model();
  Parameters weights = exact.weights();
  const std::size_t out = weights.position(Slot::kAttentionOut, 0);
  weights.set(out, ctx_.zeros(DType::kF32, weights[out].shape()));
  const Decoder deaf(ctx_, config_, weights);
  EXPECT_EQ(effect(deaf, "blk.0.attn_v.weight"), 0.0);
  EXPECT_EQ(effect(deaf, "blk.0.attn_output.weight"), 0.0) << "zeros are rounded to themselves";
  EXPECT_GT(effect(deaf, "blk.1.attn_v.weight"), 0.0);
  EXPECT_EQ(effect(deaf, "blk.0.attn_norm.weight"), 0.0);
  EXPECT_EQ(effect(deaf, "blk.0.ffn_down.weight"), 0.0) << "rows of 40 are no blocks";
}

// Columns that never count do not count in the error either.
TEST_F(TensorEffects, weigh_errors_by_importance) {
  const Decoder exact = model();
  const auto files = file_tensors(exact.weights().specs(), &TensorSpec::gguf);
  std::vector<std::vector<float>> importance(files.size());
  std::size_t up = 0;
  while (files[up].name != "blk.0.ffn_up.weight") ++up;
  importance[up].assign(32, 0.0f);
  importance[up][5] = 1.0f;
  const std::vector<double> plain = tensor_effects(ctx_, exact, ids_, {});
  const std::vector<double> weighed = tensor_effects(ctx_, exact, ids_, importance);
  EXPECT_NE(plain[up], weighed[up]);
  EXPECT_EQ(plain[up + 1], weighed[up + 1]);
}

}  // namespace
}  // namespace lucie
