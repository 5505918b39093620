// How far one model's predictions are from another's.
#pragma once

#include <span>

namespace lucie {

// Logarithm of the sum of exponentials: what turns logits into logarithms of probabilities.
double log_of_sum(std::span<const float> logits);

// KL(p || q) in nats, of two rows of logits and their log_of_sum. Infinite where a logit is no
// number.
double divergence(std::span<const float> p, double log_p, std::span<const float> q, double log_q);

}  // namespace lucie
