// A model's shape as GGUF metadata, both ways. The keys are llama.cpp's; beside them stands the
// whole config.json under `lucie.config.json`, since they cannot say everything (Llama 3's rotary
// parameters, muP, Falcon's ALiBi).
#pragma once

#include "formats/gguf.h"
#include "model/config.h"

namespace lucie {

// All ids that end an answer, where they are several: tokenizer.ggml.eos_token_id holds one.
inline constexpr char kStopIdsKey[] = "lucie.eos_token_ids";

// rope.style says how the rows of q and k stand in the file.
ModelConfig config_from_gguf(const GgufReader& gguf);
GgufMetadata gguf_metadata(const ModelConfig& config);

// rope_freqs.weight (r/2): what the plain frequencies are divided by; empty when nothing is, or
// when metadata says it.
std::vector<float> gguf_rope_factors(const ModelConfig& config);

}  // namespace lucie
