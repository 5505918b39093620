// Tiny models of every family and variant against transformers (tools/make_family_golden.py):
// logits, loss, the gradient of every published tensor, and one update. Weights are generated under
// their published names and shapes and go through the table both ways, so that fused, transposed
// and reordered tensors are held to it too. Errors are of the
// largest value.
#include <gtest/gtest.h>

#include <cmath>

#include "base/test_values.h"
#include "model/load.h"
#include "model/published_weights.h"
#include "train/golden_values.h"
#include "train/trainer.h"

namespace lucie {
namespace {

using testing_base::max_abs;
using testing_base::max_difference;
using testing_model::FamilyGoldenFile;
using testing_model::published_values;
using testing_model::PublishedWeights;

class FamilyGolden : public testing::TestWithParam<std::tuple<const char*, std::string>>,
                     public FamilyGoldenFile,
                     public SampleSource {
 protected:
  FamilyGolden()
      : FamilyGoldenFile(std::get<1>(GetParam())),
        ctx(make_device(std::get<0>(GetParam())), pool),
        batch(std::stoll(reader.metadata().at("batch"))),
        time(std::stoll(reader.metadata().at("time"))) {
    phase = testing_train::golden_phase(time, batch, batch);
  }

  std::uint64_t samples() const override { return static_cast<std::uint64_t>(batch); }
  void read(std::uint64_t index, std::span<std::int32_t> ids,
            std::span<std::int32_t> targets) const override {
    Rng rng(seed, "golden/tokens", index);
    const auto draw = [&] {
      return static_cast<std::int32_t>(rng.next() % static_cast<std::uint32_t>(config.vocab_size));
    };
    std::int32_t next = draw();
    for (std::size_t t = 0; t < ids.size(); ++t) {
      ids[t] = next;
      targets[t] = next = draw();
    }
  }

  Trainer trainer() {
    Parameters weights =
        load_parameters(ctx, PublishedWeights(config, seed), config, &TensorSpec::hf, "published");
    return Trainer(ctx, config, fresh_optimizer(ctx, to_f32(ctx, weights)), DType::kF32);
  }
  std::vector<float> golden(const std::string& name) const {
    if (reader.find(name) == nullptr) return {};
    return testing_train::golden_values(reader, name);
  }
  // The table's tensors as a file of Hugging Face's would hold them.
  std::map<std::string, std::vector<float>> published(const Parameters& tensors) {
    std::map<std::string, std::vector<float>> result;
    for (const FileTensor& file : file_tensors(tensors.specs(), &TensorSpec::hf)) {
      std::vector<float>& values = result[file.name];
      values.resize(static_cast<std::size_t>(file.shape.numel()), NAN);
      for (const std::size_t part : file.parts) {
        const std::vector<float> own = ctx.download(tensors[part]);
        put_part(tensors.specs()[part], tensors.specs()[part].hf, DType::kF32,
                 std::as_bytes(std::span(own)), std::as_writable_bytes(std::span(values)));
      }
    }
    return result;
  }

  ThreadPool pool{2};
  Context ctx;
  std::int64_t batch, time;
  PhaseSettings phase;
};

TEST_P(FamilyGolden, logits_loss_and_gradients_equal_the_reference) {
  Trainer t = trainer();
  const StepReport report = t.gradients(ctx, *this, 0, batch, phase);
  EXPECT_NEAR(report.loss, static_cast<double>(golden("loss").at(0)), 1e-5 * report.loss);

  const auto gradients = published(t.gradients());
  double largest = 0;
  for (const auto& [name, values] : gradients) {
    largest = std::max(largest, max_abs(golden("gradient/" + name)));
  }
  for (const auto& [name, values] : gradients) {
    const std::vector<float> expected = golden("gradient/" + name);
    const double scale = std::max(max_abs(expected), 1e-6 * largest);
    EXPECT_LE(max_difference(values, expected), 1e-5 * scale) << name;
  }

  const std::int64_t rows = batch * time;
  std::vector<std::int32_t> ids(static_cast<std::size_t>(rows)), targets(ids.size()),
      all(ids.size());
  for (std::int64_t b = 0; b < batch; ++b) {
    const auto at = static_cast<std::size_t>(b * time), length = static_cast<std::size_t>(time);
    read(static_cast<std::uint64_t>(b), std::span(ids).subspan(at, length),
         std::span(targets).subspan(at, length));
  }
  for (std::size_t n = 0; n < all.size(); ++n) all[n] = static_cast<std::int32_t>(n);
  Activations activations(ctx, config, rows, DType::kF32, Activations::Keep::kOneLayer);
  t.model().forward(ctx, make_batch(ctx, ids, targets, batch), activations);
  const std::vector<float> expected = golden("logits");
  const Tensor logits = t.model().logits(ctx, activations, rows, ctx.upload({rows}, all));
  EXPECT_LE(max_difference(ctx.download(logits), expected), 1e-5 * max_abs(expected));
}

TEST_P(FamilyGolden, one_update_moves_the_weights_as_torch_does) {
  // muP's rates differ by tensor; the reference has one for all.
  config.matrix_lr_multiplier = 1;
  Trainer t = trainer();
  t.step(ctx, *this, 0, batch, phase, 1e-3);
  double difference = 0, update = 0;
  for (const auto& [name, after] : published(t.state().master)) {
    const std::vector<float> expected = golden("after_one_step/" + name);
    if (expected.empty()) continue;  // left out for size
    const Shape shape = reader.find("after_one_step/" + name)->shape;
    const std::vector<float> before = published_values(name, shape, seed);
    for (std::size_t j = 0; j < after.size(); ++j) {
      difference += std::pow(static_cast<double>(after[j]) - static_cast<double>(expected[j]), 2);
      update += std::pow(static_cast<double>(expected[j]) - static_cast<double>(before[j]), 2);
    }
  }
  EXPECT_GT(update, 0);
  EXPECT_LE(std::sqrt(difference / update), 5e-3);
}

TEST_P(FamilyGolden, a_cache_gives_the_same_logits_one_token_at_a_time) {
  Trainer t = trainer();
  if (config.rope.type == RopeType::kDynamic) return;  // cached keys keep the angles of their time
  std::vector<std::int32_t> ids(static_cast<std::size_t>(time)), targets(ids.size());
  read(0, ids, targets);
  KvCache cache(ctx, config, time, DType::kF32);
  CachedSequence sequence(cache);
  Activations activations(ctx, config, time, DType::kF32, Activations::Keep::kOneLayer);
  const std::vector<float> expected = golden("logits");
  const auto V = static_cast<std::size_t>(config.vocab_size);
  const std::vector<std::int32_t> first{0};
  for (std::size_t n = 0; n < ids.size(); ++n) {
    const CachePiece next{&sequence, std::span(ids).subspan(n, 1)};
    const Batch one = make_cached_batch(ctx, {&next, 1});
    t.model().forward(ctx, one, activations);
    const std::vector<float> logits =
        ctx.download(t.model().logits(ctx, activations, 1, ctx.upload({1}, first)));
    const std::vector<float> row(expected.begin() + static_cast<std::ptrdiff_t>(n * V),
                                 expected.begin() + static_cast<std::ptrdiff_t>((n + 1) * V));
    ASSERT_LE(max_difference(logits, row), 1e-5 * max_abs(expected)) << "position " << n;
  }
}

TEST_P(FamilyGolden, rotary_frequencies_equal_the_reference) {
  const std::vector<float> expected = golden("rope/inverse_frequency");
  if (expected.empty()) return;  // nothing turns, or no such tensor there
  const std::vector<float> actual =
      rope_frequencies(config.rope, time, config.max_position_embeddings);
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    EXPECT_NEAR(actual[i], expected[i], 3e-7f * expected[i]) << i;
  }
}

TEST_P(FamilyGolden, the_config_survives_being_written_and_read) {
  const Json written = config_to_json(config);
  EXPECT_EQ(config_to_json(config_from_json(written)).dump(), written.dump());
  const ModelConfig again = config_from_json(written);
  EXPECT_EQ(again.rope, config.rope);
  EXPECT_EQ(again.attention_scale, config.attention_scale);
  EXPECT_EQ(again.norm_site, config.norm_site);
  EXPECT_EQ(again.mlp, config.mlp);
  EXPECT_EQ(parameter_count(again), parameter_count(config));
}

INSTANTIATE_TEST_SUITE_P(Devices, FamilyGolden,
                         testing::Combine(testing::Values("ref", "cpu", "fake"),
                                          testing::ValuesIn(testing_model::family_golden_names())),
                         [](const auto& test) {
                           return std::string(std::get<0>(test.param)) + "_" +
                                  std::get<1>(test.param);
                         });

}  // namespace
}  // namespace lucie
