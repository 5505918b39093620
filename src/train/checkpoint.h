// Checkpoints: a directory with whole logical tensors by name, so that any layout can read it.
//
//   model.safetensors      f32 master weights
//   optimizer.safetensors  "m/NAME" and "v/NAME", f32
//   state.json             config, phase, step, data hash, history, SHA-256 of the other two files
//
// The directory is the atomic unit: it appears by rename, complete (docs/formats/checkpoint.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "train/trainer.h"

namespace lucie {

// Where a run stands. Together with the recipe it says what comes next, exactly.
struct TrainPosition {
  std::int64_t phase = 0;          // index into TrainSettings::phases
  std::int64_t phase_samples = 0;  // consumed in that phase
  std::int64_t tokens = 0;         // consumed over all phases
  std::string data_hash;           // of the token shards that were read
};

struct Checkpoint {
  ModelConfig config;
  OptimizerState optimizer;
  TrainPosition position;
  Json history = Json::object();  // what hooks recorded so far; holds no clock
};

void save_checkpoint(Context& ctx, const fs::path& directory, const ModelConfig& config,
                     const OptimizerState& optimizer, const TrainPosition& position,
                     const Json& history);

// Any file missing, truncated, or other than its hash: Error{kCorrupt} with the file.
Checkpoint load_checkpoint(Context& ctx, const fs::path& directory);

// "step-00000200"; names sort by step.
std::string checkpoint_name(std::int64_t step);
// The steps of the checkpoints below `directory`, ascending; none where it is no folder.
std::vector<std::int64_t> checkpoint_steps(const fs::path& directory);
// The newest checkpoint below `directory`, if any.
std::optional<fs::path> newest_checkpoint(const fs::path& directory);

}  // namespace lucie
