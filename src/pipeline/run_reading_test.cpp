#include "pipeline/run_reading.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "base/test_files.h"
#include "pipeline/training.h"

namespace lucie {
namespace {

// 40 windows of 16 tokens in 4 steps of two and 8 of four; then 8 of French only, in 2 steps.
constexpr const char* kRecipe = R"(
name: small
sources:
  - {id: a, reader: text, licence: MIT, terms: open}
  - {id: b, reader: text, licence: CC-BY-NC-4.0, terms: non-commercial}
  - {id: c, reader: text, licence: MIT, terms: open}
train:
  phases:
    - {name: main, sequence_length: 16, micro_batch_size: 2, global_batch_size: 4, rampup_batch_size: [2, 2, 8],
       train_tokens: 640, mixture: {language: {en: 1}}}
    - {name: late, train_tokens: 128, mixture: {language: {fr: 1}}}
release: {weights_licence: Apache-2.0}
)";

std::int64_t step_of(const std::string& phase, std::int64_t sample) {
  if (phase == "late") return 12 + sample / 4 + 1;
  return sample < 8 ? sample / 2 + 1 : 4 + (sample - 8) / 4 + 1;
}

// A run of shards with documents of one to thirty tokens: mostly of `a` in English, with `b` at the
// end, and all of `b` in French.
class RunReading : public testing::Test {
 protected:
  RunReading() {
    for (const char* name :
         {"tokens/train", "corpus", "checkpoints/step-00000004", "checkpoints/step-00000012",
          "checkpoints/step-00000014", "checkpoints/step-00000099", "checkpoints/step-4"}) {
      fs::create_directories(run_ / name);
      const bool half = std::string(name).ends_with("99");
      if (!half) write_file_atomic(run_ / name / "state.json", "{}");
    }
    write_file_atomic(run_ / "recipe.yaml", kRecipe);
    write_file_atomic(run_ / "corpus/stats.json", R"({"train": {"by_source_licence": {
      "a": {"MIT": {"documents": 9, "characters": 900}},
      "b": {"CC-BY-NC-4.0": {"documents": 1, "characters": 90}}}}})");
    write_shard("en", 40);
    write_shard("fr", 0);
  }

  void write_shard(const std::string& language, int of_a) const {
    TokenShardWriter writer(run_ / "tokens/train" / language, 100);
    Rng rng(5, language);
    for (int i = 0; i < 44; ++i) {
      Document document;
      document.id = language + std::to_string(i);
      document.language = language;
      document.source = i < of_a ? "a" : "b";
      writer.add(document, std::vector<std::int32_t>(1 + rng.below(30), 7), 1);
    }
    writer.commit();
  }

  // The same counted token by token from the windows that training reads.
  PhaseReading expected(const Recipe& recipe, const PhaseSettings& phase) const {
    const std::vector<TokenGroup> groups = open_token_groups(run_ / "tokens", "train");
    const SampleIndex samples = phase_samples(recipe, phase, groups);
    PhaseReading reading;
    for (std::uint64_t i = 0; i < samples.samples(); ++i) {
      const SampleRef ref = samples.sample(i);
      const TokenShard& shard = groups[static_cast<std::size_t>(ref.group)].shard;
      for (std::uint64_t at = 0; at <= 16; ++at) {  // the last one is a target only
        SourceReading& source = reading.sources[shard.document_of(ref.window * 16 + at).source];
        if (at < 16) ++source.tokens;
        if (source.first_step == 0) {
          source.first_step = step_of(phase.name, static_cast<std::int64_t>(i));
        }
      }
    }
    return reading;
  }

  testing_base::Folder folder_;
  const fs::path& run_ = folder_.path();
};

TEST_F(RunReading, counts_each_source_where_training_reads_it) {
  const TrainingRecord record = read_run_training(run_);
  const Recipe recipe = load_recipe(run_ / "recipe.yaml");
  const TrainSettings train = train_settings(recipe.section("train"));
  ASSERT_EQ(record.phases.size(), 2u);
  for (std::size_t p = 0; p < 2; ++p) {
    const PhaseReading& phase = record.phases[p];
    EXPECT_EQ(phase.name, train.phases[p].name);
    EXPECT_EQ(phase.steps, p == 0 ? 12 : 2);
    EXPECT_EQ(phase.tokens, p == 0 ? 640u : 128u);
    const PhaseReading counted = expected(recipe, train.phases[p]);
    ASSERT_EQ(phase.sources.size(), counted.sources.size());
    for (const auto& [id, source] : counted.sources) {
      EXPECT_EQ(phase.sources.at(id).tokens, source.tokens) << id;
      EXPECT_EQ(phase.sources.at(id).first_step, source.first_step) << id;
    }
  }
  EXPECT_GT(record.phases[0].sources.at("b").first_step, 1) << "else the test shows little";
  EXPECT_EQ(record.phases[1].sources.at("b").tokens, 128u);
}

TEST_F(RunReading, brings_what_a_removal_asks_for) {
  const TrainingRecord record = read_run_training(run_);
  EXPECT_EQ(record.name, "small");
  EXPECT_EQ(record.checkpoints, (std::vector<std::int64_t>{4, 12, 14})) << "whole ones only";
  const Removal removal = plan_removal(record, "b");
  EXPECT_EQ(removal.steps, 14);
  EXPECT_FALSE(removal.before.corpus.commercial);
  EXPECT_TRUE(removal.after.corpus.commercial);
  EXPECT_EQ(plan_removal(record, "c").first_step, 0);
}

TEST_F(RunReading, of_what_is_no_run_with_tokens_is_refused) {
  fs::remove_all(run_ / "tokens");
  EXPECT_EQ(testing_base::error_of([&] { read_run_training(run_); }).code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace lucie
