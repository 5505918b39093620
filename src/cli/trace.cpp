// lucie trace: which documents a training step read, with their licences. The order of training is
// a pure function of the recipe, so nothing had to be recorded.
#include <cstdio>

#include "base/error.h"
#include "cli/command.h"
#include "corpus/unshareable.h"
#include "pipeline/training.h"

namespace lucie {
namespace {

struct Options {
  std::string run;
  std::int64_t step = 1;
};

struct StepSamples {
  const PhaseSettings* phase;
  std::int64_t first, count;  // samples of the phase
};

StepSamples samples_of_step(const TrainSettings& settings, std::int64_t step) {
  std::int64_t before = 0;
  for (const PhaseSettings& phase : settings.phases) {
    const PhaseExtent extent = phase_extent(phase);
    if (step > before + extent.steps) {
      before += extent.steps;
      continue;
    }
    StepSamples samples{&phase, 0, 0};
    for (std::int64_t at = before; at < step; ++at) {
      samples.first += samples.count;
      samples.count = std::min(batch_size_at(phase, samples.first), extent.samples - samples.first);
    }
    return samples;
  }
  fail(ErrorCode::kInvalidArgument, "the run has only " + std::to_string(before) + " steps",
       "--step");
}

Json document_entry(const SampleDocument& part, std::int64_t sample, const SpokenNames& names) {
  const TokenSpan& document = *part.document;
  Json entry = Json::object();
  entry["sample"] = sample;
  entry["tokens"] = part.end - part.begin;
  entry["id"] = names.of(document.source, document.id);
  entry["source"] = document.source;
  entry["licence"] = document.licence;
  entry["language"] = document.language;
  entry["url"] = names.is_hidden(document.source) ? "" : document.url;
  return entry;
}

int trace(const Options& options) {
  const fs::path run = options.run;
  if (!fs::exists(run / "recipe.yaml") || !fs::exists(run / "tokens")) {
    fail(ErrorCode::kNotFound, "not a run with tokens", options.run,
         "give the directory of `lucie run`, after its tokens stage");
  }
  if (options.step < 1) fail(ErrorCode::kInvalidArgument, "steps count from 1", "--step");
  const Recipe recipe = recipe_from_json(read_yaml(run / "recipe.yaml"), run / "recipe.yaml");
  const TrainSettings settings = train_settings(recipe.section("train"));
  const StepSamples step = samples_of_step(settings, options.step);
  const std::vector<TokenGroup> groups = open_token_groups(run / "tokens", "train");
  const SampleIndex index(groups, Mixture::from_json(recipe.section("mixture")),
                          phase_order(*step.phase, recipe.seed()));
  const SpokenNames names(run, SourceRegistry::from_json(recipe.section("sources")));
  Json entries = Json::array();
  for (std::int64_t i = step.first; i < step.first + step.count; ++i) {
    for (const SampleDocument& part : index.documents_of(static_cast<std::uint64_t>(i))) {
      entries.push_back(document_entry(part, i, names));
    }
  }
  if (common_options().json) {
    std::printf("%s\n", entries.dump(2).c_str());
    return 0;
  }
  std::printf("step %lld: phase %s, samples %lld to %lld\n", static_cast<long long>(options.step),
              step.phase->name.c_str(), static_cast<long long>(step.first),
              static_cast<long long>(step.first + step.count - 1));
  for (const Json& entry : entries.items()) {
    std::printf("%6lld tokens  %-8s %-24s %s\n",
                static_cast<long long>(entry.at("tokens").as_int()),
                entry.at("language").as_string().c_str(), entry.at("licence").as_string().c_str(),
                entry.at("url").as_string().c_str());
  }
  return 0;
}

}  // namespace

Command trace_command() {
  auto options = std::make_shared<Options>();
  return {.group = "Prove",
          .name = "trace",
          .summary = "which documents a training step read, with their licences",
          .examples =
              "lucie trace runs/tiny --step 1000\n"
              "lucie trace runs/tiny --step 1 --json",
          .arguments = {{"RUN", &options->run, "run directory", true},
                        {"--step", &options->step, "optimizer step, counted from 1"}},
          .run = [options] { return trace(*options); },
          .state = options};
}

}  // namespace lucie
