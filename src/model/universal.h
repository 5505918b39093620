// Training states of Megatron-DeepSpeed (formats/universal_checkpoint.h) as models: Lucie's
// optimizer states were published so. Which tensor is which stands in the table.
#pragma once

#include <array>

#include "formats/universal_checkpoint.h"
#include "model/weight_values.h"

namespace lucie {

// The shape that Megatron's arguments give. Error{kUnsupported} for what is not Llama's block
// (layer norms, biases, learned positions) and for files older than checkpoint_version 2, which
// order the rows of keys and values otherwise.
ModelConfig config_from_universal(const UniversalCheckpoint& checkpoint);

// One of the three states, by the table's slots.
Parameters load_universal(Context& ctx, const UniversalCheckpoint& checkpoint, UniversalState state,
                          const ModelConfig& config, const std::string& place);

// Weights, and the two moments where they are given, f32; `steps` is the optimizer's. The directory
// appears whole or not at all. Error{kUnsupported} for families that Megatron's names have no
// place for.
void save_universal(const fs::path& directory, const ModelConfig& config,
                    const std::array<WeightValues, kUniversalStates>& states, std::int64_t steps);

}  // namespace lucie
