#include "infer/sampler.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/rng.h"

namespace lucie {
namespace {

void require(bool good, const char* flag, const char* range) {
  if (!good) fail(ErrorCode::kInvalidArgument, std::string("value must be ") + range, flag);
}

}  // namespace

void check_sampling(const SamplingSettings& s) {
  require(s.temperature >= 0 && s.temperature <= 100, "--temp", "between 0 and 100");
  require(s.top_k >= 0, "--top-k", "0 (off) or more");
  require(s.top_p > 0 && s.top_p <= 1, "--top-p", "above 0 and at most 1");
  require(s.min_p >= 0 && s.min_p <= 1, "--min-p", "between 0 and 1");
  require(s.repetition_penalty > 0 && s.repetition_penalty <= 100, "--repeat-penalty",
          "above 0 and at most 100");
  require(s.repeat_last_n >= 0, "--repeat-last-n", "0 or more");
}

Sampler::Sampler(const SamplingSettings& settings) : settings_(settings) {
  check_sampling(settings);
}

TokenId Sampler::pick(std::span<const float> logits, std::span<const TokenId> history,
                      std::int64_t limit) {
  const auto usable = std::min(logits.size(), static_cast<std::size_t>(limit));
  LUCIE_ASSERT(usable > 0);
  candidates_.clear();
  for (std::size_t i = 0; i < usable; ++i) {
    candidates_.push_back({static_cast<TokenId>(i), logits[i], 0});
  }
  if (settings_.repetition_penalty != 1.0) {
    const auto window = std::min(history.size(), static_cast<std::size_t>(settings_.repeat_last_n));
    std::vector<TokenId> recent(history.end() - static_cast<std::ptrdiff_t>(window), history.end());
    std::sort(recent.begin(), recent.end());
    recent.erase(std::unique(recent.begin(), recent.end()), recent.end());
    const auto penalty = static_cast<float>(settings_.repetition_penalty);
    for (const TokenId id : recent) {
      if (static_cast<std::size_t>(id) >= usable) continue;
      float& logit = candidates_[static_cast<std::size_t>(id)].logit;
      logit = logit > 0 ? logit / penalty : logit * penalty;
    }
  }
  const auto better = [](const Candidate& a, const Candidate& b) {
    return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
  };
  if (settings_.temperature == 0) {
    return std::min_element(candidates_.begin(), candidates_.end(), better)->id;
  }
  const std::size_t keep =
      settings_.top_k > 0 ? std::min(usable, static_cast<std::size_t>(settings_.top_k)) : usable;
  std::partial_sort(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(keep),
                    candidates_.end(), better);
  candidates_.resize(keep);
  keep_best();

  Rng rng(settings_.seed, "sample", history.size());
  double left = rng.uniform53();
  for (const Candidate& candidate : candidates_) {
    left -= candidate.probability;
    if (left < 0) return candidate.id;
  }
  return candidates_.back().id;
}

// Softmax with temperature, then min-p and top-p; what is left sums to one.
void Sampler::keep_best() {
  const double best = static_cast<double>(candidates_.front().logit);
  double total = 0;
  for (Candidate& c : candidates_) {
    c.probability = std::exp((static_cast<double>(c.logit) - best) / settings_.temperature);
    total += c.probability;
  }
  for (Candidate& c : candidates_) c.probability /= total;

  const double floor = settings_.min_p * candidates_.front().probability;
  double sum = 0;
  std::size_t count = 0;
  while (count < candidates_.size() && sum < settings_.top_p &&
         candidates_[count].probability >= floor) {
    sum += candidates_[count++].probability;
  }
  candidates_.resize(std::max<std::size_t>(1, count));
  if (count == 0) sum = candidates_.front().probability;
  for (Candidate& c : candidates_) c.probability /= sum;
}

}  // namespace lucie
