// What the sampler takes off the logits of tokens that would repeat what was said (sampler.h).
#pragma once

#include <span>

#include "infer/sampler.h"

namespace lucie {

// On scores (V); ids of the history beyond V are passed over.
void apply_penalties(const SamplingSettings& settings, std::span<const TokenId> history,
                     std::span<float> scores);
void apply_dry(const SamplingSettings& settings, const TokenMask& breakers,
               std::span<const TokenId> history, std::span<float> scores);

}  // namespace lucie
