// Training on documents that are packed behind a mask against training on one document a sequence.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>

#include "base/rng.h"
#include "base/test_values.h"
#include "train/sources.h"

namespace lucie {
namespace {

using testing_base::max_abs;
using testing_base::max_difference;

constexpr std::int64_t kTime = 48;

std::vector<TokenGroup> make_groups() {
  const fs::path dir = fs::path(testing::TempDir()) / ("packed_" + std::to_string(::getpid()));
  fs::remove_all(dir);
  fs::create_directories(dir / "train");
  TokenShardWriter writer(dir / "train/en", 100);
  Rng rng(3, "packed");
  for (int i = 0; i < 30; ++i) {
    std::vector<std::int32_t> tokens(2 + rng.below(40));
    for (std::int32_t& token : tokens) token = static_cast<std::int32_t>(rng.below(100));
    Document document;
    document.id = std::to_string(i);
    writer.add(document, tokens, 0);
  }
  writer.commit();
  return open_token_groups(dir, "train");
}

ModelConfig small_config() {
  ModelConfig c;
  c.hidden_size = 24;
  c.num_hidden_layers = 2;
  c.num_attention_heads = 3;
  c.num_key_value_heads = 1;
  c.head_dim = 8;
  c.intermediate_size = 40;
  c.vocab_size = 100;
  c.max_position_embeddings = kTime;
  c.rope.dims = 8;
  c.attention_scale = 0.35;
  c.initializer_range = 0.2;
  return c;
}

class PackedTraining : public testing::Test {
 protected:
  TokenSamples samples(Packing packing) const {
    return TokenSamples(
        SampleIndex(groups_, Mixture::from_json(Json()), {"main", kTime, 1, 8, packing}));
  }
  PhaseSettings phase(bool mask) const {
    PhaseSettings settings;
    settings.sequence_length = kTime;
    settings.micro_batch_size = 1;
    settings.document_mask = mask;
    return settings;
  }
  Trainer trainer() {
    return Trainer(ctx_, small_config(),
                   fresh_optimizer(ctx_, make_initial(ctx_, small_config(), 7, DType::kF32)),
                   DType::kF32);
  }
  // Of an epoch.
  std::vector<std::vector<float>> gradients(Packing packing, bool mask, StepReport* report) {
    const TokenSamples source = samples(packing);
    const auto windows = static_cast<std::int64_t>(source.index().use().front().windows);
    Trainer one = trainer();
    *report = one.gradients(ctx_, source, 0, windows, phase(mask));
    std::vector<std::vector<float>> values;
    for (std::size_t i = 0; i < one.gradients().size(); ++i) {
      values.push_back(ctx_.download(one.gradients()[i]));
    }
    return values;
  }

  ThreadPool pool_{2};
  Context ctx_{make_cpu_device(), pool_};
  std::vector<TokenGroup> groups_ = make_groups();
};

TEST_F(PackedTraining, an_epoch_behind_masks_has_the_gradients_of_one_document_a_sequence) {
  StepReport packed, alone, unmasked;
  const auto a = gradients(Packing::kBestFit, true, &packed);
  const auto b = gradients(Packing::kOnePerSequence, false, &alone);
  gradients(Packing::kBestFit, false, &unmasked);
  EXPECT_EQ(packed.targets, alone.targets);
  EXPECT_NEAR(packed.loss, alone.loss, 1e-5 * alone.loss);
  EXPECT_GT(std::abs(unmasked.loss - alone.loss), 1e-4 * alone.loss) << "the mask would not show";
  for (std::size_t i = 0; i < b.size(); ++i) {
    EXPECT_LE(max_difference(a[i], b[i]), 1e-5 * max_abs(b[i])) << i;
  }
}

TEST_F(PackedTraining, starts_are_those_of_the_documents_and_of_the_padding) {
  for (const Packing packing : {Packing::kConcatenate, Packing::kBestFit}) {
    const TokenSamples source = samples(packing);
    for (std::uint64_t i = 0; i < 8; ++i) {
      std::vector<std::int32_t> starts(kTime, -1);
      source.read_starts(i, starts);
      std::int32_t end = 0;
      for (const SampleDocument& part : source.index().documents_of(i)) {
        end = static_cast<std::int32_t>(std::min<std::uint64_t>(part.end, kTime));
        for (auto t = static_cast<std::int32_t>(part.begin); t < end; ++t) {
          EXPECT_EQ(starts[static_cast<std::size_t>(t)], static_cast<std::int32_t>(part.begin));
        }
      }
      for (std::int32_t t = end; t < kTime; ++t)
        EXPECT_EQ(starts[static_cast<std::size_t>(t)], end);
    }
  }
}

}  // namespace
}  // namespace lucie
