#include "train/memory.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/error.h"
#include "base/machine_memory.h"
#include "base/text.h"
#include "tensor/ops.h"

namespace lucie {
namespace {

using Keep = Activations::Keep;

// From the least recomputation to the most.
constexpr Keep kLevels[] = {Keep::kAllLayers, Keep::kProducts, Keep::kStreams};

std::vector<Keep> levels_of(Recompute recompute) {
  if (recompute == Recompute::kAuto) return {std::begin(kLevels), std::end(kLevels)};
  return {kLevels[static_cast<int>(recompute) - static_cast<int>(Recompute::kNone)]};
}

std::size_t activation_bytes(const TrainingShape& shape, const PhaseSettings& phase, Keep keep) {
  const std::int64_t rows = phase.micro_batch_size * phase.sequence_length;
  return Activations::bytes(shape.config, rows, shape.compute, keep) +
         Backward::bytes(shape.config, rows, shape.compute);
}

std::size_t scratch_bytes(const TrainingShape& shape, const PhaseSettings& phase) {
  const ModelConfig& c = shape.config;
  const std::int64_t B = phase.micro_batch_size, T = phase.sequence_length;
  const AttentionShape attention{.batch = B,
                                 .queries = T,
                                 .heads = c.num_attention_heads,
                                 .kv_heads = c.num_key_value_heads,
                                 .head_dim = c.head_dim,
                                 .scale = 1.0f};
  return shape.device.step_scratch_bytes(
      {shape.compute, B * T, c.hidden_size, c.vocab_size, attention}, shape.threads);
}

struct Fit {
  MemoryPlan plan;
  bool fits;
};

// The first level that fits, else the last.
Fit first_fit(const TrainingShape& shape, const std::vector<PhaseSettings>& phases,
              const std::vector<Keep>& levels, std::size_t budget) {
  Fit fit{};
  for (const Keep keep : levels) {
    fit.plan = plan_memory(shape, phases, keep);
    fit.fits = fit.plan.total() <= budget;
    if (fit.fits) break;
  }
  return fit;
}

// The largest micro-batch that divides every phase's batches and fits with full recomputation.
std::optional<std::int64_t> smaller_micro_batch(const TrainingShape& shape,
                                                std::vector<PhaseSettings> phases,
                                                const std::vector<Keep>& levels,
                                                std::size_t budget) {
  std::int64_t size = 0;
  for (const PhaseSettings& phase : phases) size = std::max(size, phase.micro_batch_size);
  while (--size > 0) {
    bool divides = true;
    for (PhaseSettings& phase : phases) {
      phase.micro_batch_size = std::min(phase.micro_batch_size, size);
      divides = divides && phase.global_batch_size % phase.micro_batch_size == 0;
    }
    if (divides && first_fit(shape, phases, levels, budget).fits) return size;
  }
  return std::nullopt;
}

// What would fit, by the change that costs least.
std::string advice(const TrainingShape& shape, const TrainSettings& settings, std::size_t budget) {
  const std::vector<Keep> all = levels_of(Recompute::kAuto), asked = levels_of(settings.recompute);
  std::vector<std::string> ways;
  const Fit again = first_fit(shape, settings.phases, all, budget);
  if (again.fits) {
    ways.push_back("train.recompute: " + std::string(recompute_name(again.plan.keep)));
  }
  if (const auto size = smaller_micro_batch(shape, settings.phases, asked, budget)) {
    ways.push_back("micro_batch_size: " + std::to_string(*size));
  } else if (const auto least = smaller_micro_batch(shape, settings.phases, all, budget)) {
    ways.push_back("micro_batch_size: " + std::to_string(*least) + " with train.recompute: auto");
  }
  TrainingShape narrow = shape;
  narrow.compute = DType::kBF16;
  if (shape.compute != DType::kBF16 && first_fit(narrow, settings.phases, all, budget).fits) {
    ways.push_back("train.precision: bf16");
  }
  if (!ways.empty()) return "would fit: " + join(ways, "; or ");
  std::vector<PhaseSettings> least = settings.phases;
  for (PhaseSettings& phase : least) phase.micro_batch_size = 1;
  const std::size_t smallest = std::min(plan_memory(shape, least, Keep::kStreams).total(),
                                        plan_memory(narrow, least, Keep::kStreams).total());
  return "the least that this model takes, with micro_batch_size: 1 and train.recompute: full, "
         "is " +
         human_bytes(static_cast<double>(smallest)) +
         ": shorten sequence_length or make the model smaller";
}

}  // namespace

const char* recompute_name(Keep keep) {
  switch (keep) {
    case Keep::kProducts:
      return "selective";
    case Keep::kStreams:
      return "full";
    default:
      return "none";
  }
}

std::size_t memory_budget(const TrainSettings& settings) {
  const std::size_t used = resident_memory(), free = available_memory();
  if (settings.memory > 0) return settings.memory - std::min(settings.memory, used);
  return free > 0 ? free : std::numeric_limits<std::size_t>::max();
}

MemoryPlan plan_memory(const TrainingShape& shape, const std::vector<PhaseSettings>& phases,
                       Keep keep) {
  const std::int64_t parameters = parameter_count(shape.config);
  MemoryPlan plan;
  plan.keep = keep;
  plan.weights = row_bytes(DType::kF32, parameters) +
                 (shape.compute == DType::kF32 ? 0 : row_bytes(shape.compute, parameters));
  plan.optimizer = row_bytes(DType::kF32, 3 * parameters);
  for (const PhaseSettings& phase : phases) {
    const std::size_t activations = activation_bytes(shape, phase, keep);
    const std::size_t scratch = scratch_bytes(shape, phase);
    if (activations + scratch > plan.activations + plan.scratch) {
      plan.activations = activations;
      plan.scratch = scratch;
    }
  }
  return plan;
}

MemoryPlan fit_memory(const TrainingShape& shape, const TrainSettings& settings,
                      std::size_t budget) {
  const Fit fit = first_fit(shape, settings.phases, levels_of(settings.recompute), budget);
  if (fit.fits) return fit.plan;
  const auto bytes = [](std::size_t count) { return human_bytes(static_cast<double>(count)); };
  fail(ErrorCode::kOutOfMemory,
       "training takes " + bytes(fit.plan.total()) +
           " with recompute: " + recompute_name(fit.plan.keep) + ", " +
           bytes(fit.plan.total() - budget) + " more than the " + bytes(budget) + " there are",
       settings.memory > 0 ? "recipe: train.memory" : "memory", advice(shape, settings, budget));
}

}  // namespace lucie
