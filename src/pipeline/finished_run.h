// The outputs of a complete run, as its manifest.json names them.
#pragma once

#include "release/bundle.h"
#include "run/recipe.h"
#include "run/stage.h"

namespace lucie {

struct FinishedRun {
  fs::path path;
  Recipe recipe;
  std::vector<StageInput> stages;
  const fs::path& stage(std::string_view name) const { return output_of(stages, name); }
};

// RUN/manifest.json and recipe.yaml. A run that did not come to its end is kNotFound; a manifest
// that leads out of the run kCorrupt.
FinishedRun open_run(const fs::path& path);

// What a release takes of the stages' outputs.
ReleaseInput release_input(const Recipe& recipe, const std::string& program,
                           const std::vector<StageInput>& stages);

// `lucie release`: the stage's bundle with what no hash may cover in it: times, energy, logs.
// Every stage's output is compared with its hashes first.
void release_run(const fs::path& run, const std::string& program,
                 const std::optional<SecretKey>& sign_key, const fs::path& out, ThreadPool& pool);

}  // namespace lucie
