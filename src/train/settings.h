// What the recipe's `train:` section says. Field names are Megatron's and axolotl's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "corpus/packing.h"

namespace lucie {

enum class Schedule { kCosine, kConstant, kLinearToZero };

struct OptimizerSettings {
  double learning_rate = 3e-4;
  double min_learning_rate = 0;
  double beta1 = 0.9, beta2 = 0.95, eps = 1e-5;
  double weight_decay = 0.1;
  double clip_grad = 1.0;
};

// A phase inherits what it does not say from the one before it.
struct PhaseSettings {
  std::string name;
  std::int64_t sequence_length = 256;
  std::int64_t micro_batch_size = 8;
  std::int64_t global_batch_size = 8;  // sequences a step; a multiple of micro_batch_size
  std::int64_t train_tokens = 0;
  std::int64_t warmup_tokens = 0;  // never inherited
  // Megatron's --rampup-batch-size: first size, increment, samples over which it grows. 0: off.
  std::int64_t rampup_start = 0, rampup_increment = 0, rampup_samples = 0;
  Schedule schedule = Schedule::kCosine;
  double rope_theta = 0;  // 0: the model's
  Packing packing = Packing::kConcatenate;
  bool document_mask = false;  // documents in a sequence do not see each other
  double z_loss = 0;  // weight of log(z)^2 in the gradients (LossGradient); not in the loss shown
  OptimizerSettings optimizer;
  Json mixture;  // over the recipe's (corpus/mixture.h); null: none, and never inherited
};

enum class Precision { kAuto, kBf16, kF32 };

// What the backward pass makes again instead of keeping it: nothing; what costs no products; whole
// layers. The results are the same bits. kAuto: the least that fits into the memory.
enum class Recompute { kAuto, kNone, kSelective, kFull };

struct TrainSettings {
  Precision precision = Precision::kAuto;
  Recompute recompute = Recompute::kAuto;
  std::size_t memory = 0;  // bytes that training may take; 0: what the machine has free
  std::vector<PhaseSettings> phases;
  std::int64_t save_interval = 200;  // optimizer steps between checkpoints
  std::int64_t eval_interval = 200;  // and between evaluations
  std::int64_t total_tokens() const;
};

// Unknown keys, unknown schedules, sizes that do not divide: Error{kInvalidArgument} with the
// place and the nearest name.
TrainSettings train_settings(const Json& json);

// Batch size after `consumed` samples.
std::int64_t batch_size_at(const PhaseSettings& phase, std::int64_t consumed_samples);

struct PhaseExtent {
  std::int64_t steps = 0, samples = 0, tokens = 0;
};
// Steps until train_tokens are reached, batch ramp-up included.
PhaseExtent phase_extent(const PhaseSettings& phase);

// Learning rate of the step that ends with `consumed_tokens` of the phase read: linear warm-up,
// then the schedule over the rest.
double learning_rate_at(const PhaseSettings& phase, std::int64_t consumed_tokens);

}  // namespace lucie
