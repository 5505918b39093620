// How much the error of each of a model's tensors moves its predictions, measured: one tensor after
// the other is rounded, and the model reads the same text. Malinovskii et al. 2024 ("Pushing the
// limits of large language model quantization via the linearity theorem") show why such effects
// may be added: at small errors the loss grows in proportion to the squares of each.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/decoder.h"

namespace lucie {

// Tokens of the text that are read, the first ones: every tensor costs a pass over them.
inline constexpr std::int64_t kEffectTokens = 256;

// Of each tensor of the model's GGUF file: the mean KL divergence in nats that rounding it to four
// bits causes, over the SquaredError::relative() of that. 0 where its rows are no blocks, or are
// zeros. `ids`: two at least. `importance`: by tensor, as measure_rounding takes it. In memory: two
// copies of that many logits, and one tensor in f32.
std::vector<double> tensor_effects(Context& ctx, const Decoder& decoder,
                                   std::span<const std::int32_t> ids,
                                   std::span<const std::vector<float>> importance);

}  // namespace lucie
