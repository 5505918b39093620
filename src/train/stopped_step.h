// What is left of a step whose loss or gradients are no numbers: a file with the batch, for replay,
// and an error that names step, tensor and documents (docs/formats/stopped-step.md).
#pragma once

#include "base/file.h"
#include "train/trainer.h"

namespace lucie {

struct StoppedStep {
  const PhaseSettings& phase;
  const SampleSource& source;
  std::uint64_t first;  // sample
  std::int64_t batch;   // samples
  std::int64_t step;    // that was not taken, counted from 1
  double learning_rate;
  StepReport report;  // whose not_finite is not empty
};

// Writes DIRECTORY/stopped-step-N.json, then throws Error{kInternal}.
[[noreturn]] void stop_at(const StoppedStep& stopped, const fs::path& directory);

// Files that an earlier session left there.
void discard_stopped_steps(const fs::path& directory);

}  // namespace lucie
