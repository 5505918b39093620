// Rotary position embeddings (Su et al. 2021) and the ways of stretching them over longer texts.
#pragma once

#include <cstdint>
#include <vector>

#include "base/json.h"
#include "tensor/ops.h"

namespace lucie {

// Names are those of Hugging Face's rope_type.
enum class RopeType : std::uint8_t {
  kDefault,
  kLinear,   // all frequencies divided by `factor` (Chen et al. 2023)
  kDynamic,  // the base grows with the length once it exceeds the window (NTK-aware)
  kYarn,     // by parts, with a temperature (Peng et al. 2023)
  kLlama3,   // by parts (Llama 3.1)
  kFactors,  // divisors per frequency, as GGUF's rope_freqs holds them
};

struct RopeConfig {
  std::int64_t dims = 0;               // r: leading dims of a head that turn
  RopeStyle style = RopeStyle::kHalf;  // of q and k as they are held
  double theta = 10000.0;
  RopeType type = RopeType::kDefault;
  double factor = 1;
  std::int64_t original_max_position_embeddings = 0;  // yarn, llama3: the window trained in
  double low_freq_factor = 1, high_freq_factor = 4;   // llama3
  double beta_fast = 32, beta_slow = 1;               // yarn
  double attention_factor = 1;                        // yarn: of cosines and sines
  bool truncate = true;                               // yarn: whole dims bound the ramp
  std::vector<float> factors = {};                    // (r/2), kFactors

  bool operator==(const RopeConfig&) const = default;
};

// Reads rope_theta, rope_scaling or rope_parameters of `json` into `rope`, whose `dims` are set;
// `window` is the config's max_position_embeddings.
// Error{kUnsupported} for other types ("longrope"), Error{kInvalidArgument} for missing fields.
void read_rope(const Json& json, std::int64_t window, RopeConfig& rope);
// Adds rope_theta and, where there is one, rope_scaling: the spelling that old and new transformers
// read.
void write_rope(const RopeConfig& rope, Json& json);

// Angle per position of each pair (r/2), in f32 as transformers computes it. `length`: positions
// of the sequence, which only kDynamic looks at; `window`: those that the model was trained with.
std::vector<float> rope_frequencies(const RopeConfig& rope, std::int64_t length,
                                    std::int64_t window);

// (P, r) for positions first ... first + P - 1: cosines, then sines.
std::vector<float> rope_table(const RopeConfig& rope, const std::vector<float>& frequencies,
                              std::int64_t first, std::int64_t positions);

// ALiBi (Press et al. 2022) as Falcon has it: (H, P), slope of the head times the key's position,
// both rounded to bf16 as in its training, times the scale of the scores.
std::vector<float> alibi_table(std::int64_t heads, std::int64_t positions, double scale);

}  // namespace lucie
