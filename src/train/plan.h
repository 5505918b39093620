// What a recipe's training will take, before it starts: parameters, tokens, arithmetic
// (memory: train/memory.h).
#pragma once

#include "train/memory.h"
#include "train/settings.h"

namespace lucie {

struct PhasePlan {
  std::string name;
  PhaseExtent extent;
  double flops = 0;
};

struct TrainPlan {
  std::int64_t parameters = 0, embedding_parameters = 0;
  std::vector<PhasePlan> phases;
  double flops = 0;
};

// FLOPs of one token of a sequence of T, forward and backward: 6 per weight of every matrix
// product (Kaplan et al. 2020, section 2.1), the head included, and 6 * layers * query_size * T
// for causal attention scores and sums (half of the full square).
double training_flops_per_token(const ModelConfig& config, std::int64_t sequence_length);

TrainPlan plan_training(const ModelConfig& config, const TrainSettings& settings);

}  // namespace lucie
