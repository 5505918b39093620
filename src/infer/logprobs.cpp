#include "infer/logprobs.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace lucie {

TokenLogprob log_probability(std::span<const float> logits, TokenId id, std::int64_t top) {
  const auto best = static_cast<double>(*std::max_element(logits.begin(), logits.end()));
  double total = 0;
  for (const float logit : logits) total += std::exp(static_cast<double>(logit) - best);
  const double log_total = best + std::log(total);
  const auto of = [&](TokenId token) {
    return static_cast<double>(logits[static_cast<std::size_t>(token)]) - log_total;
  };
  TokenLogprob result{id, of(id), {}};
  std::vector<TokenId> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  const auto end = order.begin() + std::clamp<std::int64_t>(top, 0, std::ssize(logits));
  std::partial_sort(order.begin(), end, order.end(), [&](TokenId a, TokenId b) {
    const float left = logits[static_cast<std::size_t>(a)];
    const float right = logits[static_cast<std::size_t>(b)];
    return left != right ? left > right : a < b;
  });
  for (auto token = order.begin(); token != end; ++token)
    result.top.emplace_back(*token, of(*token));
  return result;
}

}  // namespace lucie
