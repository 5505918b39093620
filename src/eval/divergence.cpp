#include "eval/divergence.h"

#include <algorithm>
#include <cmath>

namespace lucie {

double log_of_sum(std::span<const float> logits) {
  const auto top = static_cast<double>(*std::max_element(logits.begin(), logits.end()));
  double total = 0;
  for (const float x : logits) total += std::exp(static_cast<double>(x) - top);
  return top + std::log(total);
}

double divergence(std::span<const float> p, double log_p, std::span<const float> q, double log_q) {
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double a = static_cast<double>(p[i]) - log_p, b = static_cast<double>(q[i]) - log_q;
    const double weight = std::exp(a);
    if (weight > 0) sum += weight * (a - b);
  }
  // Of a model whose weights are no numbers: as far as can be, and in order with the others.
  return std::isnan(sum) ? HUGE_VAL : std::max(sum, 0.0);
}

}  // namespace lucie
