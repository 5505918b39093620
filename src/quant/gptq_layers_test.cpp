#include "quant/gptq_layers.h"

#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "base/rng.h"
#include "model/load.h"
#include "model/published_weights.h"
#include "tensor/ops.h"

namespace lucie {
namespace {

using testing_model::FamilyGoldenFile;
using testing_model::PublishedWeights;

constexpr std::int64_t kWindow = 16, kWindows = 24;

class GptqLayers : public testing::TestWithParam<std::string>, public FamilyGoldenFile {
 protected:
  GptqLayers()
      : FamilyGoldenFile(GetParam()),
        decoder_(ctx_, config,
                 load_parameters(ctx_, PublishedWeights(config, seed), config, &TensorSpec::hf,
                                 "published")) {
    Rng rng(1, "ids");
    for (std::int64_t i = 0; i < kWindow * kWindows; ++i) {
      ids_.push_back(
          static_cast<std::int32_t>(rng.below(static_cast<std::uint64_t>(config.vocab_size))));
    }
  }

  // The decoder with its layers' matrices rounded.
  Decoder rounded(const GptqSettings& settings) {
    Parameters weights = decoder_.weights();
    gptq_layers(ctx_, decoder_, {ids_, kWindow}, settings, [&](std::size_t i, GptqMatrix matrix) {
      EXPECT_TRUE(seen_.insert(i).second) << weights.specs()[i].name << " twice";
      weights.set(i, ctx_.upload(DType::kF32, weights.specs()[i].shape,
                                 matrix.values(settings.group_size)));
    });
    return Decoder(ctx_, config, weights);
  }
  // The same by rounding to the nearest: no input makes good for another.
  Decoder rounded_to_nearest(const GptqSettings& settings) {
    Parameters weights = decoder_.weights();
    for (const std::size_t i : seen_) {
      const std::int64_t inputs = weights[i].dim(1);
      std::vector<float> identity(static_cast<std::size_t>(inputs * inputs), 0.0f);
      for (std::int64_t k = 0; k < inputs; ++k) {
        identity[static_cast<std::size_t>(k * inputs + k)] = 1;
      }
      const Tensor hessian = ctx_.upload(DType::kF32, {inputs, inputs}, identity);
      weights.set(
          i, ctx_.upload(DType::kF32, weights.specs()[i].shape,
                         gptq(ctx_, weights[i], hessian, settings).values(settings.group_size)));
    }
    return Decoder(ctx_, config, weights);
  }
  // Mean square of what `other` answers otherwise, over that of the answers.
  double distance(const Decoder& other) {
    const std::vector<float> own = answers(decoder_), its = answers(other);
    double difference = 0, size = 0;
    for (std::size_t i = 0; i < own.size(); ++i) {
      difference += double{own[i] - its[i]} * double{own[i] - its[i]};
      size += double{own[i]} * double{own[i]};
    }
    return difference / size;
  }

  std::set<std::size_t> seen_;

  std::vector<float> answers(const Decoder& decoder) {
    Activations activations(ctx_, config, kWindow * kWindows, DType::kF32,
                            Activations::Keep::kOneLayer);
    decoder.forward(ctx_, make_batch(ctx_, ids_, {}, kWindows), activations);
    return ctx_.download(activations.final_norm(kWindow * kWindows));
  }

  ThreadPool pool_{2};
  Context ctx_{make_cpu_device(), pool_};
  Decoder decoder_;
  std::vector<std::int32_t> ids_;
};

TEST_P(GptqLayers, every_matrix_of_a_layer_is_rounded_once) {
  rounded({.bits = 8, .group_size = 8});
  const std::vector<TensorSpec> table = family(config.architecture).tensors(config);
  for (std::size_t i = 0; i < table.size(); ++i) {
    const bool in_layer = table[i].is_matrix() && table[i].layer >= 0;
    EXPECT_EQ(seen_.contains(i), in_layer) << table[i].name;
  }
}

TEST_P(GptqLayers, what_is_lost_is_made_good) {
  for (const int bits : {3, 8}) {
    const GptqSettings settings{.bits = bits, .group_size = 8};
    const double own = distance(rounded(settings));
    EXPECT_LT(own, 0.95 * distance(rounded_to_nearest(settings))) << bits;
    seen_.clear();
  }
}

// The last matrix of all, from inputs that the whole rounded model gives it.
TEST_P(GptqLayers, inputs_are_those_that_rounded_matrices_let_through) {
  const GptqSettings settings{.bits = 3, .group_size = 8};
  const Decoder own = rounded(settings);
  const std::int64_t last = config.num_hidden_layers - 1, rows = kWindow * kWindows;
  Activations activations(ctx_, config, rows, DType::kF32, Activations::Keep::kAllLayers);
  own.forward(ctx_, make_batch(ctx_, ids_, {}, kWindows), activations);
  const Tensor input = activations.layer(last, rows).hidden;
  const Tensor hessian = ctx_.zeros(DType::kF32, {input.dim(1), input.dim(1)});
  ctx_.op().matmul_dw(ctx_, hessian, input, input);
  const std::vector<float> expected =
      gptq(ctx_, decoder_.weights().at(Slot::kDown, last), hessian, settings)
          .values(settings.group_size);
  const std::vector<float> rounded = ctx_.download(own.weights().at(Slot::kDown, last));
  std::size_t same = 0;  // sums run over the windows in another order
  for (std::size_t i = 0; i < rounded.size(); ++i) same += rounded[i] == expected[i];
  EXPECT_GE(static_cast<double>(same), 0.98 * static_cast<double>(rounded.size()));
}

INSTANTIATE_TEST_SUITE_P(Families, GptqLayers,
                         testing::ValuesIn(testing_model::family_golden_names()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace lucie
