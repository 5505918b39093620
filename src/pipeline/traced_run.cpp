#include "pipeline/traced_run.h"

#include <algorithm>

#include "base/error.h"
#include "pipeline/training.h"

namespace lucie {
namespace {

// A model of a run lies at most so deep in it:
// RUN/stages/finetune-1f2e3d4c/model/model.safetensors.
constexpr int kDeepest = 5;

fs::path checked(const fs::path& path) {
  if (!fs::exists(path / "recipe.yaml") || !fs::exists(path / "corpus")) {
    fail(ErrorCode::kNotFound, "not a run with a corpus", path.string(),
         "give the directory of `lucie run`, or data with --order or --blend");
  }
  return path;
}

std::vector<std::int64_t> first_samples(const PhaseSettings& phase, const PhaseExtent& extent) {
  std::vector<std::int64_t> first{0};
  for (std::int64_t i = 0; i < extent.steps; ++i) {
    first.push_back(std::min(first.back() + batch_size_at(phase, first.back()), extent.samples));
  }
  return first;
}

}  // namespace

std::optional<fs::path> TracedRun::of_model(const std::string& model) {
  fs::path path = fs::path(model).lexically_normal();
  if (!fs::exists(path)) path = model.substr(0, model.rfind(':'));
  if (!fs::exists(path)) return std::nullopt;
  path = fs::absolute(path);
  for (int level = 0; level < kDeepest; ++level, path = path.parent_path()) {
    if (fs::exists(path / "recipe.yaml") && fs::exists(path / "corpus")) return path;
  }
  return std::nullopt;
}

TracedRun::TracedRun(const fs::path& path)
    : path_(checked(path)),
      recipe_(recipe_from_json(read_yaml(path / "recipe.yaml"), path / "recipe.yaml")),
      settings_(train_settings(recipe_.section("train"))),
      registry_(SourceRegistry::from_json(recipe_.section("sources"))),
      names_(path, registry_) {
  if (fs::exists(path / "tokens")) groups_ = open_token_groups(path / "tokens", "train");
  Phase next;
  for (const PhaseSettings& settings : settings_.phases) {
    const PhaseExtent extent = phase_extent(settings);
    next.settings = &settings;
    next.first = first_samples(settings, extent);
    phases_.push_back(std::move(next));
    next = {};
    next.steps_before = phases_.back().steps_before + extent.steps;
    next.tokens_before = phases_.back().tokens_before + extent.samples * settings.sequence_length;
  }
}

const std::vector<TokenGroup>& TracedRun::groups() const {
  if (!has_tokens()) {
    fail(ErrorCode::kNotFound, "the run has no tokens yet", path_.string(),
         "run: lucie run RECIPE --until tokens");
  }
  return groups_;
}

const SampleIndex& TracedRun::samples(const PhaseSettings& wanted) const {
  const auto phase = std::find_if(phases_.begin(), phases_.end(), [&](const Phase& candidate) {
    return candidate.settings == &wanted;
  });
  LUCIE_ASSERT(phase != phases_.end());
  if (!phase->samples) {
    phase->samples = std::make_unique<SampleIndex>(phase_samples(recipe_, wanted, groups()));
  }
  return *phase->samples;
}

TracedStep TracedRun::step_of(const Phase& phase, std::int64_t sample) const {
  const auto behind = std::upper_bound(phase.first.begin(), phase.first.end(), sample);
  const std::int64_t step = behind - phase.first.begin();  // counted from 1 in the phase
  return {phase.settings, phase.steps_before + step, *std::prev(behind),
          *behind - *std::prev(behind)};
}

TracedStep TracedRun::step(std::int64_t step) const {
  if (step < 1) fail(ErrorCode::kInvalidArgument, "steps count from 1", "--step");
  std::int64_t steps = 0;
  for (const Phase& phase : phases_) {
    const auto within = static_cast<std::size_t>(step - 1 - phase.steps_before);
    steps = phase.steps_before + static_cast<std::int64_t>(phase.first.size()) - 1;
    if (step <= steps) return step_of(phase, phase.first[within]);
  }
  fail(ErrorCode::kInvalidArgument, "the run has only " + std::to_string(steps) + " steps",
       "--step");
}

TracedStep TracedRun::step_of_token(std::int64_t token, std::int64_t* sample,
                                    std::uint64_t* within) const {
  LUCIE_ASSERT(token >= 0);
  std::int64_t tokens = 0;
  for (const Phase& phase : phases_) {
    const std::int64_t length = phase.settings->sequence_length;
    tokens = phase.tokens_before + phase.first.back() * length;
    if (token >= tokens) continue;
    *sample = (token - phase.tokens_before) / length;
    *within = static_cast<std::uint64_t>((token - phase.tokens_before) % length);
    return step_of(phase, *sample);
  }
  fail(ErrorCode::kInvalidArgument, "the run reads only " + std::to_string(tokens) + " tokens",
       "--token");
}

std::vector<StepReading> TracedRun::steps_that_read(std::size_t group, std::uint64_t begin,
                                                    std::uint64_t end) const {
  std::vector<StepReading> steps;
  for (const Phase& phase : phases_) {
    for (const SampleReading& reading : samples(*phase.settings).readings_of(group, begin, end)) {
      const std::int64_t step = step_of(phase, static_cast<std::int64_t>(reading.sample)).step;
      if (steps.empty() || steps.back().step != step) steps.push_back({phase.settings, step, 0});
      steps.back().tokens += reading.tokens;
    }
  }
  return steps;
}

TracedRun::Found TracedRun::find_document(const std::string& id) const {
  for (std::size_t group = 0; group < groups().size(); ++group) {
    const TokenShard& shard = groups()[group].shard;
    for (std::int64_t i = 0; i < shard.tokens().documents(); ++i) {
      TokenSpan span = shard.document(i);
      if (is_wanted(span.source, span.id, id)) return {group, std::move(span)};
    }
  }
  return {};
}

bool TracedRun::is_wanted(const std::string& source, const std::string& id,
                          const std::string& wanted) const {
  return id == wanted || names_.of(source, id) == wanted;
}

Json TracedRun::spoken(Json entry) const {
  const std::string source = entry.get("source", "");
  if (!names_.is_hidden(source)) return entry;
  entry["id"] = names_.of(source, entry.get("id", ""));
  for (const char* key : {"url", "page", "title", "evidence"}) entry.erase(key);
  const Source* described = registry_.find(source);
  entry["described"] = described == nullptr ? Json() : Json(described->description.provenance);
  return entry;
}

Json TracedRun::describe(const TokenSpan& document) const {
  Json entry = Json::object();
  entry["id"] = document.id;
  entry["source"] = document.source;
  entry["licence"] = document.licence;
  entry["language"] = document.language;
  entry["url"] = document.url;
  return spoken(std::move(entry));
}

}  // namespace lucie
