// Every two switches of the decoder block together, against a plain model in double: logits, loss
// and the gradients of all parameters. Goldens hold the families' own combinations (train/); this
// holds the block to those that no family has yet.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/rng.h"
#include "base/test_values.h"
#include "model/decoder.h"
#include "model/double_model.h"
#include "model/switch_pairs.h"

namespace lucie {
namespace {

using testing_base::max_abs;
using testing_base::max_difference;
using testing_model::Choice;
using testing_model::DoubleModel;
using testing_model::NamedValues;

// Of a draw without a config that magnifies the rounding of its weights to f32 beyond the
// tolerance, as some draws have.
constexpr std::uint64_t kSeed = 6;
constexpr std::int64_t kBatch = 2, kTime = 5, kRows = kBatch * kTime;

const std::vector<Choice>& choices() {
  static const std::vector<Choice> all = testing_model::covering_choices(kSeed);
  return all;
}

// Every slot that there is.
constexpr TensorName kNames[] = {
    {Slot::kEmbedding, "embedding.weight", ""},
    {Slot::kAttentionNorm, "layers.{}.attention_norm.weight", ""},
    {Slot::kAttentionNormBias, "layers.{}.attention_norm.bias", ""},
    {Slot::kQuery, "layers.{}.query.weight", ""},
    {Slot::kQueryBias, "layers.{}.query.bias", ""},
    {Slot::kKey, "layers.{}.key.weight", ""},
    {Slot::kKeyBias, "layers.{}.key.bias", ""},
    {Slot::kValue, "layers.{}.value.weight", ""},
    {Slot::kValueBias, "layers.{}.value.bias", ""},
    {Slot::kQueryNorm, "layers.{}.query_norm.weight", ""},
    {Slot::kKeyNorm, "layers.{}.key_norm.weight", ""},
    {Slot::kAttentionOut, "layers.{}.attention_out.weight", ""},
    {Slot::kAttentionOutBias, "layers.{}.attention_out.bias", ""},
    {Slot::kMlpNorm, "layers.{}.mlp_norm.weight", ""},
    {Slot::kMlpNormBias, "layers.{}.mlp_norm.bias", ""},
    {Slot::kGate, "layers.{}.gate.weight", ""},
    {Slot::kGateBias, "layers.{}.gate.bias", ""},
    {Slot::kUp, "layers.{}.up.weight", ""},
    {Slot::kUpBias, "layers.{}.up.bias", ""},
    {Slot::kDown, "layers.{}.down.weight", ""},
    {Slot::kDownBias, "layers.{}.down.bias", ""},
    {Slot::kFinalNorm, "final_norm.weight", ""},
    {Slot::kFinalNormBias, "final_norm.bias", ""},
    {Slot::kHead, "head.weight", ""},
};
static_assert(std::size(kNames) == kSlots);

// What a device makes of a config.
struct Outcome {
  std::vector<float> logits, losses;
  std::vector<std::vector<float>> gradients;  // by the table
};

class Switches : public testing::TestWithParam<std::size_t> {
 protected:
  Switches() {
    for (const TensorSpec& spec : table) {
      Rng rng(kSeed, "switches/" + spec.name);
      std::vector<float>& drawn = values.emplace_back();
      for (std::int64_t i = 0; i < spec.shape.numel(); ++i) {
        const float gain = spec.is_matrix() || spec.is_bias() ? 0.0f : 1.0f;
        drawn.push_back(gain + (spec.is_matrix() ? 0.2f : 0.1f) * rng.normal());
      }
      weights[spec.name].assign(drawn.begin(), drawn.end());
    }
    Rng rng(kSeed, "switches/tokens");
    const auto draw = [&] {
      return static_cast<std::int32_t>(rng.below(static_cast<std::uint64_t>(config.vocab_size)));
    };
    for (std::int64_t n = 0; n < kRows; ++n) {
      ids.push_back(draw());
      targets.push_back(n == 3 ? -1 : draw());
    }
  }

  Outcome outcome(const char* device,
                  Activations::Keep keep = Activations::Keep::kAllLayers) const {
    ThreadPool pool{2};
    Context ctx(make_device(device), pool);
    Parameters parameters(table);
    for (std::size_t i = 0; i < table.size(); ++i) {
      parameters.set(i, ctx.upload(DType::kF32, table[i].shape, values[i]));
    }
    const Decoder model(ctx, config, parameters);
    const Batch batch = make_batch(ctx, ids, targets, kBatch);
    Activations activations(ctx, config, kRows, DType::kF32, keep);
    model.forward(ctx, batch, activations);
    std::vector<std::int32_t> all(ids.size());
    std::iota(all.begin(), all.end(), 0);
    Outcome result;
    result.logits = ctx.download(model.logits(ctx, activations, kRows, ctx.upload({kRows}, all)));
    Parameters gradients = make_zeros(ctx, table, DType::kF32);
    const Tensor losses = ctx.empty(DType::kF32, {kRows});
    Backward(ctx, config, kRows, DType::kF32)
        .run(ctx, model, batch, activations, gradients, losses, {1.0f / (kRows - 1)});
    result.losses = ctx.download(losses);
    for (std::size_t i = 0; i < table.size(); ++i) {
      result.gradients.push_back(ctx.download(gradients[i]));
    }
    return result;
  }

  // Elements to differentiate at: all of norms and biases; of a matrix the one of the largest
  // gradient and some drawn.
  static std::vector<std::size_t> chosen(const TensorSpec& spec,
                                         const std::vector<float>& gradient) {
    std::vector<std::size_t> elements;
    if (!spec.is_matrix()) {
      elements.resize(gradient.size());
      std::iota(elements.begin(), elements.end(), std::size_t{0});
      return elements;
    }
    const auto largest = std::max_element(gradient.begin(), gradient.end(), [](float a, float b) {
      return std::abs(a) < std::abs(b);
    });
    elements.push_back(static_cast<std::size_t>(largest - gradient.begin()));
    Rng rng(kSeed, "switches/elements/" + spec.name);
    while (elements.size() < 12) elements.push_back(rng.below(gradient.size()));
    return elements;
  }

  // Of fourth order: (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h, good to about 1e-11.
  double slope(double& weight, const DoubleModel& model) const {
    constexpr double kStep = 1e-4;
    const double at = weight;
    const auto loss = [&](double steps) {
      weight = at + steps * kStep;
      return model.loss(ids, targets);
    };
    const double result = (8 * (loss(1) - loss(-1)) - (loss(2) - loss(-2))) / (12 * kStep);
    weight = at;
    return result;
  }

  // Tensor by tensor. Those that are 0 but for rounding (a key's bias where nothing turns) are held
  // to the largest of all.
  template <typename T>
  void expect_close(const std::vector<std::vector<float>>& actual,
                    const std::vector<std::vector<T>>& expected) const {
    double largest = 0;
    for (const auto& gradient : expected) largest = std::max(largest, max_abs(gradient));
    for (std::size_t i = 0; i < table.size(); ++i) {
      const double scale = max_abs(expected[i]);
      const double tolerance = scale < 1e-6 * largest ? 1e-6 * largest : 1e-5 * scale;
      EXPECT_LE(max_difference(actual[i], expected[i]), tolerance) << table[i].name;
    }
  }

  Choice choice = choices()[GetParam()];
  ModelConfig config = testing_model::config_of(choice);
  std::vector<TensorSpec> table = make_table(config, kNames);
  std::vector<std::vector<float>> values;  // by the table
  NamedValues weights;                     // the same in double
  std::vector<std::int32_t> ids, targets;
};

TEST_P(Switches, give_the_logits_and_losses_of_a_plain_model_in_double) {
  SCOPED_TRACE(testing_model::describe(choice));
  const DoubleModel model(config, weights, kTime);
  const std::vector<double> expected = model.logits(ids);
  for (const char* device : {"ref", "cpu"}) {
    const Outcome actual = outcome(device);
    EXPECT_LE(max_difference(actual.logits, expected), 1e-5 * max_abs(expected)) << device;
    double loss = 0;
    for (const float one : actual.losses) loss += static_cast<double>(one) / (kRows - 1);
    EXPECT_NEAR(loss, model.loss(ids, targets), 1e-6) << device;
    EXPECT_EQ(actual.losses[3], 0.0f) << device;
  }
}

TEST_P(Switches, give_gradients_that_are_finite_differences_in_double) {
  SCOPED_TRACE(testing_model::describe(choice));
  const DoubleModel model(config, weights, kTime);
  const std::vector<std::vector<float>> gradients = outcome("ref").gradients;
  std::vector<std::vector<double>> expected(table.size());
  std::vector<std::vector<float>> actual(table.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    EXPECT_GT(max_abs(gradients[i]), 0) << table[i].name << " does nothing";
    for (const std::size_t j : chosen(table[i], gradients[i])) {
      expected[i].push_back(slope(weights.at(table[i].name)[j], model));
      actual[i].push_back(gradients[i][j]);
    }
  }
  expect_close(actual, expected);
}

TEST_P(Switches, give_the_same_gradients_on_the_fast_device) {
  SCOPED_TRACE(testing_model::describe(choice));
  const auto expected = outcome("ref").gradients, actual = outcome("cpu").gradients;
  expect_close(actual, expected);
}

TEST_P(Switches, give_the_same_bits_whatever_the_backward_pass_makes_again) {
  SCOPED_TRACE(testing_model::describe(choice));
  const auto expected = outcome("cpu").gradients;
  EXPECT_EQ(outcome("cpu", Activations::Keep::kProducts).gradients, expected);
  EXPECT_EQ(outcome("cpu", Activations::Keep::kStreams).gradients, expected);
}

INSTANTIATE_TEST_SUITE_P(Pairs, Switches, testing::Range(std::size_t{0}, choices().size()));

TEST(SwitchPairs, meet_each_in_some_possible_config) {
  std::set<testing_model::SwitchPair> met;
  for (const Choice& choice : choices()) {
    EXPECT_TRUE(testing_model::is_possible(choice)) << testing_model::describe(choice);
    EXPECT_EQ(std::count(choice.begin(), choice.end(), testing_model::kOpen), 0);
    met.merge(testing_model::pairs_of(choice));
  }
  EXPECT_EQ(met, testing_model::possible_pairs());
  EXPECT_LE(choices().size(), 60U);
}

}  // namespace
}  // namespace lucie
