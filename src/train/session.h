// A training run from wherever it stands to its end: phases, checkpoints, hooks.
//
// Killed anywhere and called again, it goes on from the newest checkpoint and ends with the same
// bits as if it had never stopped: the position says which samples come next, samples are pure
// functions of their index, and what hooks recorded travels in the checkpoint.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "train/checkpoint.h"

namespace lucie {

struct StepEvent {
  const PhaseSettings& phase;
  std::int64_t step;    // optimizer steps taken, over all phases
  std::int64_t tokens;  // consumed, over all phases
  double learning_rate;
  StepReport report;
  double seconds;  // wall time of the step: for logs only, never for results
};

struct SessionHooks {
  // After every step; for metrics files and progress. Not called again for steps before a resume.
  std::function<void(const StepEvent&)> on_step;
  // Before the first step and then every eval_interval steps and at the end of each phase: the
  // returned record joins history["evaluations"]. Null records are dropped.
  std::function<Json(const Decoder&, const PhaseSettings&, std::int64_t step)> on_evaluate;
  // Before a phase whose window is longer than the model's: the model as the phase found it, over
  // the new window. The record joins history["evaluations"].
  std::function<Json(const Decoder&, const PhaseSettings&)> on_extend;
  // At steps 0, 1, 2, 4, 8 ... and the last: joins history["diary"].
  std::function<Json(const Decoder&, std::int64_t step)> on_diary;
};

struct SessionInput {
  ModelConfig config;  // with the first phase's window and rope_theta
  TrainSettings settings;
  DType compute = DType::kF32;
  std::uint64_t seed = 42;
  std::string data_hash;
  fs::path checkpoints;        // directory of step-* directories
  std::int64_t keep_last = 2;  // older ones are deleted, but for the ends of phases
  std::int64_t last_step = 0;  // stops after it, with a checkpoint; 0: goes on to the end
  // Fresh weights to start from (fine-tuning); undefined: make_initial(config, seed).
  Parameters initial;
  // The samples of a phase. Called once a phase.
  std::function<std::unique_ptr<SampleSource>(const PhaseSettings&)> samples;
};

struct SessionResult {
  fs::path checkpoint;  // the last one
  Json history;         // {"steps": [...], "evaluations": [...], "diary": [...]}
  std::int64_t steps = 0, tokens = 0;
};

// Ctrl-C (base/cancel.h): saves a checkpoint, then throws Error{kCancelled}.
SessionResult run_session(Context& ctx, const SessionInput& input, const SessionHooks& hooks);

}  // namespace lucie
