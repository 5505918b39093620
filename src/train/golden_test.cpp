// A tiny Llama against transformers (tools/make_llama_golden.py): logits, loss, every gradient, one
// update and a hundred steps, on every device. Errors are of the
// largest value.
#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "base/test_values.h"
#include "train/golden_values.h"
#include "train/trainer.h"

namespace lucie {
namespace {

using testing_base::max_abs;
using testing_base::max_difference;
using testing_train::golden_phase;

constexpr std::int64_t kBatch = 4, kTime = 17;
constexpr std::uint64_t kTrainBatches = 5;

struct Golden {
  explicit Golden(const std::string& name)
      : reader(std::string(LUCIE_SOURCE_DIR) + "/tests/golden/llama_" + name + ".safetensors"),
        config(config_from_json(parse_json(reader.metadata().at("config"), name))),
        seed(std::stoull(reader.metadata().at("seed"))) {}

  std::vector<float> values(const std::string& name) const {
    return testing_train::golden_values(reader, name);
  }

  SafetensorsReader reader;
  ModelConfig config;
  std::uint64_t seed;
};

// The script's token ids: sequence `index` is drawn from counter index.
class GoldenTokens : public SampleSource {
 public:
  explicit GoldenTokens(const Golden& golden)
      : seed_(golden.seed), vocabulary_(static_cast<std::uint32_t>(golden.config.vocab_size)) {}
  std::uint64_t samples() const override { return kTrainBatches * kBatch; }
  void read(std::uint64_t index, std::span<std::int32_t> ids,
            std::span<std::int32_t> targets) const override {
    Rng rng(seed_, "golden/tokens", index);
    auto next = static_cast<std::int32_t>(rng.next() % vocabulary_);
    for (std::size_t t = 0; t < ids.size(); ++t) {
      ids[t] = next;
      next = static_cast<std::int32_t>(rng.next() % vocabulary_);
      targets[t] = next;
    }
  }

 private:
  std::uint64_t seed_;
  std::uint32_t vocabulary_;
};

class LlamaGolden : public testing::TestWithParam<std::tuple<const char*, const char*>> {
 protected:
  LlamaGolden()
      : ctx(make_device(std::get<0>(GetParam())), pool), golden(std::get<1>(GetParam())) {}
  Trainer trainer() {
    return Trainer(ctx, golden.config,
                   fresh_optimizer(ctx, make_initial(ctx, golden.config, golden.seed, DType::kF32)),
                   DType::kF32);
  }
  ThreadPool pool{2};
  Context ctx;
  Golden golden;
};

TEST_P(LlamaGolden, logits_and_gradients_equal_those_of_transformers) {
  Trainer t = trainer();
  const GoldenTokens tokens(golden);
  const StepReport report = t.gradients(ctx, tokens, 0, kBatch, golden_phase(kTime, 2, kBatch));
  EXPECT_NEAR(report.loss, golden.values("loss")[0], 1e-5 * report.loss);

  double largest = 0;
  for (const TensorSpec& spec : t.gradients().specs()) {
    largest = std::max(largest, max_abs(golden.values("gradient/" + spec.name)));
  }
  for (std::size_t i = 0; i < t.gradients().size(); ++i) {
    const std::string& name = t.gradients().specs()[i].name;
    const std::vector<float> expected = golden.values("gradient/" + name);
    const double scale = std::max(max_abs(expected), 1e-6 * largest);
    EXPECT_LE(max_difference(ctx.download(t.gradients()[i]), expected), 1e-5 * scale) << name;
  }

  std::vector<std::int32_t> ids(kBatch * kTime), targets(ids.size()), rows(ids.size());
  for (std::size_t b = 0; b < kBatch; ++b) {
    tokens.read(b, std::span(ids).subspan(b * kTime, kTime),
                std::span(targets).subspan(b * kTime, kTime));
  }
  for (std::size_t n = 0; n < rows.size(); ++n) rows[n] = static_cast<std::int32_t>(n);
  Activations activations(ctx, golden.config, kBatch * kTime, DType::kF32,
                          Activations::Keep::kOneLayer);
  t.model().forward(ctx, make_batch(ctx, ids, targets, kBatch), activations);
  const Tensor logits =
      t.model().logits(ctx, activations, kBatch * kTime, ctx.upload({kBatch * kTime}, rows));
  const std::vector<float> expected = golden.values("logits");
  EXPECT_LE(max_difference(ctx.download(logits), expected), 1e-5 * max_abs(expected));
}

TEST_P(LlamaGolden, one_step_moves_the_weights_as_torch_does) {
  Trainer t = trainer();
  t.step(ctx, GoldenTokens(golden), 0, kBatch, golden_phase(kTime, 2, kBatch), 1e-3);
  double difference = 0, update = 0;
  for (std::size_t i = 0; i < t.state().master.size(); ++i) {
    const TensorSpec& spec = t.state().master.specs()[i];
    const std::vector<float> before = initial_values(spec, golden.seed);
    const std::vector<float> expected = golden.values("after_one_step/" + spec.name);
    const std::vector<float> after = ctx.download(t.state().master[i]);
    for (std::size_t j = 0; j < after.size(); ++j) {
      difference += std::pow(static_cast<double>(after[j]) - static_cast<double>(expected[j]), 2);
      update += std::pow(static_cast<double>(expected[j]) - static_cast<double>(before[j]), 2);
    }
  }
  EXPECT_GT(update, 0);
  EXPECT_LE(std::sqrt(difference / update), 5e-3);
}

TEST_P(LlamaGolden, a_hundred_steps_follow_the_loss_of_torch) {
  Trainer t = trainer();
  const GoldenTokens tokens(golden);
  const std::vector<float> losses = golden.values("losses"), norms = golden.values("grad_norms");
  for (std::size_t step = 0; step < losses.size(); ++step) {
    const StepReport report = t.step(ctx, tokens, (step % kTrainBatches) * kBatch, kBatch,
                                     golden_phase(kTime, 2, kBatch), 1e-3);
    ASSERT_NEAR(report.loss, losses[step], 2e-5) << "step " << step;
    ASSERT_NEAR(report.grad_norm, norms[step], 1e-3 * norms[step]) << "step " << step;
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, LlamaGolden,
                         testing::Combine(testing::Values("ref", "cpu", "fake"),
                                          testing::Values("untied", "tied")),
                         [](const auto& test) {
                           return std::string(std::get<0>(test.param)) + "_" +
                                  std::get<1>(test.param);
                         });

}  // namespace
}  // namespace lucie
