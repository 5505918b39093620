// The memory that training takes, known before any of it is asked for, and how a run is made to
// fit.
//
//   const MemoryPlan plan = fit_memory(shape, settings, memory_budget(settings));
//   Trainer trainer(ctx, config, state, compute, plan.keep);
#pragma once

#include <cstddef>

#include "model/decoder.h"
#include "train/settings.h"

namespace lucie {

struct MemoryPlan {
  Activations::Keep keep = Activations::Keep::kAllLayers;
  std::size_t weights = 0;      // f32 masters and the working copy
  std::size_t optimizer = 0;    // moments and gradients
  std::size_t activations = 0;  // of the largest micro-batch, those of the backward pass included
  std::size_t scratch = 0;      // of the operations
  std::size_t total() const { return weights + optimizer + activations + scratch; }
};

// What is trained, on what.
struct TrainingShape {
  const ModelConfig& config;
  DType compute;
  const Device& device;
  int threads;
};

// Of the phase that takes most.
MemoryPlan plan_memory(const TrainingShape& shape, const std::vector<PhaseSettings>& phases,
                       Activations::Keep keep);

// The plan with the least recomputation that takes at most `budget` bytes, or with what the
// settings ask for. Error{kOutOfMemory} when it does not fit: it says by how much, and what would.
MemoryPlan fit_memory(const TrainingShape& shape, const TrainSettings& settings,
                      std::size_t budget);

// Bytes that training may still take: `settings.memory` but for what the process has already, or
// what the machine has free.
std::size_t memory_budget(const TrainSettings& settings);

// "none", "selective" or "full", as recipes say it.
const char* recompute_name(Activations::Keep keep);

}  // namespace lucie
