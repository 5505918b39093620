// lucie quantize --target-size: the mixture of types with which a model answers in a given memory.
#pragma once

#include <span>
#include <string>

#include "model/load.h"
#include "quant/fitted_mixture.h"

namespace lucie {

struct SizeTargetOptions {
  std::string size, cache_type;
  std::int64_t context = 0;  // 0: not given
  bool dry_run = false;
};

// What was read to find out how much each tensor's error counts.
struct EffectText {
  std::string name;  // empty: none, all count the same
  std::span<const TokenId> ids = {};
};

// Error{kInvalidArgument} for what is no size, and as weight_budget has it: before any work.
MemoryTarget memory_target(const SizeTargetOptions& options, const ModelConfig& config);

FittedMixture fit_to_target(Context& ctx, const LoadedModel& model, const MemoryTarget& target,
                            const ImportanceMatrix* matrix, const EffectText& text);

Json mixture_json(const FittedMixture& mixture, const MemoryTarget& target, const EffectText& text);
std::string mixture_lines(const FittedMixture& mixture, const MemoryTarget& target,
                          const EffectText& text);

}  // namespace lucie
