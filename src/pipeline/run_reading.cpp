#include "pipeline/run_reading.h"

#include <algorithm>

#include "base/error.h"
#include "pipeline/training.h"
#include "train/settings.h"

namespace lucie {
namespace {

PhaseReading read_phase(const SampleIndex& samples, const PhaseSettings& phase,
                        std::int64_t steps_before) {
  const PhaseExtent extent = phase_extent(phase);
  PhaseReading reading{phase.name, extent.steps, static_cast<std::uint64_t>(extent.tokens), {}};
  const auto window = static_cast<std::uint64_t>(phase.sequence_length);
  std::int64_t sample = 0;
  for (std::int64_t step = 1; step <= extent.steps; ++step) {
    const std::int64_t end =
        sample + std::min(batch_size_at(phase, sample), extent.samples - sample);
    for (; sample < end; ++sample) {
      for (const SampleDocument& part : samples.documents_of(static_cast<std::uint64_t>(sample))) {
        if (part.document == nullptr) continue;
        SourceReading& source = reading.sources[part.document->source];
        if (source.first_step == 0) source.first_step = steps_before + step;
        source.tokens += std::min(part.end, window) - std::min(part.begin, window);
      }
    }
  }
  return reading;
}

std::vector<std::int64_t> kept_checkpoints(const fs::path& directory) {
  constexpr std::string_view kPrefix = "step-";
  std::vector<std::int64_t> steps;
  if (!fs::is_directory(directory)) return steps;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix) || name.size() > 20) continue;
    const std::string digits = name.substr(kPrefix.size());
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos) continue;
    steps.push_back(std::stoll(digits));
  }
  std::sort(steps.begin(), steps.end());
  return steps;
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
  TrainingRecord record;
  record.name = recipe.name();
  record.sources = SourceRegistry::from_json(recipe.section("sources"));
  record.licences = licence_counts(read_json(run / "corpus" / "stats.json"));
  record.release = recipe.section("release");
  std::int64_t before = 0;
  for (const PhaseSettings& phase : train_settings(recipe.section("train")).phases) {
    const SampleIndex samples(groups, phase_mixture(recipe, phase),
                              phase_order(phase, recipe.seed()));
    record.phases.push_back(read_phase(samples, phase, before));
    before += record.phases.back().steps;
  }
  record.checkpoints = kept_checkpoints(run / "checkpoints");
  return record;
}

}  // namespace lucie
