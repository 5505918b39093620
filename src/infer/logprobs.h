// What the model itself thinks of a token.
#pragma once

#include <span>

#include "infer/request.h"

namespace lucie {

// Of `id` under softmax(logits), with the `top` likeliest beside it. logits (V).
TokenLogprob log_probability(std::span<const float> logits, TokenId id, std::int64_t top);

}  // namespace lucie
