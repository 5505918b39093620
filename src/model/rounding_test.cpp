// Where a model's products may round the rows that they are given, and where not.
#include <gtest/gtest.h>

#include "model/test_model.h"
#include "tensor/ops.h"

namespace lucie {
namespace {

ModelConfig blocks_config() {
  ModelConfig config = testing_model::small_config();
  config.hidden_size = 64;
  config.intermediate_size = 96;
  return config;
}

class Rounding : public testing::TestWithParam<DType> {
 protected:
  // Matrices whose rows are blocks are of the type that is asked for.
  Rounding() {
    const Decoder exact = testing_model::small_model(ctx_, config_);
    weights_ = exact.weights();
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      const Tensor& w = weights_[i];
      if (!weights_.specs()[i].is_matrix() || w.shape().last() % 32 != 0) continue;
      weights_.set(i, ctx_.upload(GetParam(), w.shape(), ctx_.download(w)));
    }
  }

  std::vector<float> forward(const Decoder& model, Products products) {
    ctx_.set_products(products);
    const std::vector<std::int32_t> ids{1, 20, 33, 4, 5};
    model.forward(ctx_, make_batch(ctx_, ids, {}, 1), activations_);
    return ctx_.download(activations_.final_norm(5));
  }
  std::vector<float> logits(const Decoder& model, Products products) {
    ctx_.set_products(products);
    const std::vector<std::int32_t> rows{0, 4};
    return ctx_.download(model.logits(ctx_, activations_, 5, ctx_.upload({2}, rows)));
  }

  ThreadPool pool_{2};
  Context ctx_{make_device("cpu"), pool_};
  ModelConfig config_ = blocks_config();
  Parameters weights_;
  Activations activations_{ctx_, config_, 5, DType::kF32, Activations::Keep::kOneLayer};
};

TEST_P(Rounding, is_of_layers_and_not_of_logits) {
  const Decoder model(ctx_, config_, weights_);
  const std::vector<float> exact = forward(model, Products::kExact);
  EXPECT_NE(forward(model, Products::kRounded), exact);
  EXPECT_EQ(logits(model, Products::kRounded), logits(model, Products::kExact));
  ctx_.set_products(Products::kRounded);
  static_cast<void>(model.logits(ctx_, activations_, 5, ctx_.upload({1}, {{0}})));
  EXPECT_EQ(ctx_.products(), Products::kRounded) << "as it was";
}

INSTANTIATE_TEST_SUITE_P(Types, Rounding, testing::Values(DType::kQ8_0, DType::kBF16),
                         [](const auto& type) { return dtype_info(type.param).name; });

}  // namespace
}  // namespace lucie
