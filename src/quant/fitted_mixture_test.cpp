#include "quant/fitted_mixture.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "model/test_model.h"

namespace lucie {
namespace {

class FittedMixtures : public testing::Test {
 protected:
  FittedMixtures() {
    config_.hidden_size = 256;
    config_.intermediate_size = 512;
    config_.num_attention_heads = 8;
    config_.num_key_value_heads = 2;
    config_.head_dim = 32;
    config_.rope.dims = 32;
    config_.max_position_embeddings = 2048;
    rounding_ = measure_rounding(config_, random_values(pool_, config_, 11), {});
  }
  MemoryTarget target(std::uint64_t weights) const {
    MemoryTarget target{.bytes = 0, .settings = {}};
    target.settings.window = 2048;
    target.bytes = plan_inference(config_, weights, target.settings).memory();
    return target;
  }
  FittedMixture fitted(std::uint64_t weights, std::span<const double> effects = {}) const {
    return fit_mixture(config_, target(weights), rounding_, effects, {});
  }

  ModelConfig config_ = testing_model::small_config();
  ThreadPool pool_{2};
  std::vector<TensorRounding> rounding_;
};

TEST_F(FittedMixtures, stay_below_the_target_and_lose_no_more_with_more) {
  double before = 1e9;
  for (std::uint64_t weights = 430'000; weights < 6'000'000; weights += 70'001) {
    const FittedMixture mixture = fitted(weights);
    EXPECT_LE(mixture.plan.memory(), target(weights).bytes);
    EXPECT_LE(mixture.error(), before);
    std::uint64_t bytes = 0;
    for (const FittedTensor& tensor : mixture.tensors) bytes += tensor.bytes;
    EXPECT_EQ(bytes, mixture.plan.weights);
    before = mixture.error();
  }
  EXPECT_EQ(before, 0.0) << "all that there is fits";
}

TEST_F(FittedMixtures, go_where_the_effect_is) {
  std::vector<double> effects(rounding_.size(), 1.0);
  std::size_t up = 0;
  const std::vector<FittedTensor> names = fitted(600'000).tensors;
  while (names[up].name != "blk.1.ffn_up.weight") ++up;
  effects[up] = 1000;
  const FittedMixture mixture = fitted(700'000, effects);
  EXPECT_GT(mixture.tensors[up].bytes, names[up].bytes);
  EXPECT_GT(mixture.tensors[up].bytes, fitted(700'000).tensors[up].bytes);
}

TEST_F(FittedMixtures, are_called_by_what_most_of_them_is) {
  for (FittedTensor& tensor : fitted(6'000'000).tensors) EXPECT_EQ(tensor.dtype, DType::kF32);
  EXPECT_EQ(fitted(6'000'000).types.file_type, static_cast<std::uint32_t>(TypeMix::kF32));
  EXPECT_EQ(fitted(440'000).types.file_type, static_cast<std::uint32_t>(TypeMix::kQ2_K));
}

TEST_F(FittedMixtures, that_cannot_be_say_what_would_help) {
  const Error error = testing_base::error_of([&] { fitted(400'000); });
  EXPECT_EQ(error.place(), "--target-size");
  EXPECT_NE(error.message().find("cache of 2048 positions in f16"), std::string::npos);
  EXPECT_NE(error.hint().find("--cache-type q4_0 takes "), std::string::npos) << error.hint();
  EXPECT_NE(error.hint().find("--context 1000 fits"), std::string::npos) << error.hint();
  // The size that it says is possible is.
  const std::uint64_t budget = weight_budget(config_, target(600'000));
  EXPECT_EQ(budget, 600'000U);
  MemoryTarget tiny = target(0);
  tiny.bytes = 1000;
  EXPECT_EQ(testing_base::error_of([&] { weight_budget(config_, tiny); }).hint().find("fits"),
            std::string::npos);
}

}  // namespace
}  // namespace lucie
