#include "pipeline/run_reading.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "pipeline/training.h"
#include "train/settings.h"

namespace lucie {
namespace {

// Samples meet documents in any order: which source each is of is read once, in theirs.
class SourcesOfDocuments {
 public:
  explicit SourcesOfDocuments(const std::vector<TokenGroup>& groups) {
    std::map<std::string, std::uint32_t> known;
    for (const TokenGroup& group : groups) {
      std::vector<std::uint32_t>& numbers = numbers_.emplace_back();
      for (std::int64_t i = 0; i < group.shard.tokens().documents(); ++i) {
        const std::string source = group.shard.document(i).source;
        const auto number = static_cast<std::uint32_t>(names_.size());
        const auto [at, is_new] = known.emplace(source, number);
        if (is_new) names_.push_back(source);
        numbers.push_back(at->second);
      }
    }
  }
  const std::string& of(const SampleDocument& part) const {
    return names_[numbers_[part.group][static_cast<std::size_t>(part.document)]];
  }

 private:
  std::vector<std::string> names_;
  std::vector<std::vector<std::uint32_t>> numbers_;  // by group, of its documents
};

PhaseReading read_phase(const SampleIndex& samples, const SourcesOfDocuments& sources,
                        const PhaseSettings& phase, std::int64_t steps_before) {
  const PhaseExtent extent = phase_extent(phase);
  PhaseReading reading{phase.name, extent.steps, static_cast<std::uint64_t>(extent.tokens), {}};
  const auto window = static_cast<std::uint64_t>(phase.sequence_length);
  std::int64_t sample = 0;
  for (std::int64_t step = 1; step <= extent.steps; ++step) {
    const std::int64_t end =
        sample + std::min(batch_size_at(phase, sample), extent.samples - sample);
    for (; sample < end; ++sample) {
      for (const SampleDocument& part : samples.documents_of(static_cast<std::uint64_t>(sample))) {
        // The last token of a window is only a target: seen, and read in another window.
        SourceReading& source = reading.sources[sources.of(part)];
        if (source.first_step == 0) source.first_step = steps_before + step;
        source.tokens += std::min(part.end, window) - std::min(part.begin, window);
      }
    }
  }
  return reading;
}

}  // namespace

TrainingRecord read_run_training(const fs::path& run) {
  const fs::path recipe_file = run / "recipe.yaml";
  if (!fs::exists(recipe_file) || !fs::exists(run / "tokens")) {
    fail(ErrorCode::kNotFound, "not a run with tokens", run.string(),
         "give the directory of `lucie run`, or a release description");
  }
  const Recipe recipe = recipe_from_json(read_yaml(recipe_file), recipe_file);
  const std::vector<TokenGroup> groups = open_token_groups(run / "tokens", "train");
  const SourcesOfDocuments sources(groups);
  TrainingRecord record;
  record.name = recipe.name();
  record.sources = SourceRegistry::from_json(recipe.section("sources"));
  record.licences = licence_counts(read_json(run / "corpus" / "stats.json"));
  record.release = recipe.section("release");
  std::int64_t before = 0;
  for (const PhaseSettings& phase : train_settings(recipe.section("train")).phases) {
    record.phases.push_back(
        read_phase(phase_samples(recipe, phase, groups), sources, phase, before));
    before += record.phases.back().steps;
  }
  record.checkpoints = checkpoint_steps(run / "checkpoints");
  return record;
}

}  // namespace lucie
