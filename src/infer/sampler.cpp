#include "infer/sampler.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/rng.h"
#include "infer/penalties.h"

namespace lucie {
namespace {

void require(bool good, const char* flag, const char* range) {
  if (!good) fail(ErrorCode::kInvalidArgument, std::string("value must be ") + range, flag);
}

}  // namespace

void check_sampling(const SamplingSettings& s) {
  require(s.temperature >= 0 && s.temperature <= 100, "--temp", "between 0 and 100");
  require(s.top_k >= 0, "--top-k", "0 (off) or more");
  require(s.typical_p > 0 && s.typical_p <= 1, "--typical", "above 0 and at most 1");
  require(s.top_p > 0 && s.top_p <= 1, "--top-p", "above 0 and at most 1");
  require(s.min_p >= 0 && s.min_p <= 1, "--min-p", "between 0 and 1");
  require(s.repetition_penalty >= 0.01 && s.repetition_penalty <= 100, "--repeat-penalty",
          "between 0.01 and 100");
  require(std::fabs(s.frequency_penalty) <= 100, "--frequency-penalty", "between -100 and 100");
  require(std::fabs(s.presence_penalty) <= 100, "--presence-penalty", "between -100 and 100");
  require(s.repeat_last_n >= -1, "--repeat-last-n", "-1 (all) or more");
  require(s.dry_multiplier >= 0 && s.dry_multiplier <= 100, "--dry-multiplier",
          "between 0 and 100");
  require(s.dry_base >= 1 && s.dry_base <= 100, "--dry-base", "between 1 and 100");
  require(s.dry_allowed_length >= 1, "--dry-allowed-length", "1 or more");
  require(s.dry_last_n >= -1, "--dry-penalty-last-n", "-1 (all) or more");
  for (const auto& [id, bias] : s.logit_bias) {
    require(id >= 0 && (std::fabs(bias) <= 1e6 || bias == -HUGE_VAL), "--logit-bias",
            "a token's id and a number between -1e6 and 1e6, or -inf");
  }
}

Sampler::Sampler(const SamplingSettings& settings, TokenMask breakers)
    : settings_(settings), breakers_(std::move(breakers)) {
  check_sampling(settings);
}

TokenId Sampler::pick(std::span<const float> logits, std::span<const TokenId> history,
                      std::int64_t limit, const TokenMask* allowed) {
  const auto usable = std::min(logits.size(), static_cast<std::size_t>(limit));
  gather(logits, history, usable, allowed);
  LUCIE_ASSERT(!candidates_.empty());
  if (settings_.temperature == 0) {
    return std::min_element(candidates_.begin(), candidates_.end(), better)->id;
  }
  keep_top_k();
  keep_typical();
  keep_top_p();
  keep_min_p();
  softmax(settings_.temperature);
  Rng rng(settings_.seed, "sample", history.size());
  double left = rng.uniform53();
  for (const Candidate& candidate : candidates_) {
    left -= candidate.probability;
    if (left < 0) return candidate.id;
  }
  return candidates_.back().id;
}

void Sampler::gather(std::span<const float> logits, std::span<const TokenId> history,
                     std::size_t usable, const TokenMask* allowed) {
  scores_.assign(logits.begin(), logits.begin() + static_cast<std::ptrdiff_t>(usable));
  for (const auto& [id, bias] : settings_.logit_bias) {
    if (static_cast<std::size_t>(id) < usable) {
      scores_[static_cast<std::size_t>(id)] += static_cast<float>(bias);
    }
  }
  apply_penalties(settings_, history, scores_);
  apply_dry(settings_, breakers_, history, scores_);
  candidates_.clear();
  for (std::size_t i = 0; i < usable; ++i) {
    if (allowed != nullptr && !(i < allowed->size() && (*allowed)[i])) continue;
    candidates_.push_back({static_cast<TokenId>(i), scores_[i], 0});
  }
}

void Sampler::keep_top_k() {
  const auto keep = static_cast<std::size_t>(settings_.top_k);
  if (keep == 0 || keep >= candidates_.size()) return;
  const auto end = candidates_.begin() + static_cast<std::ptrdiff_t>(keep);
  std::partial_sort(candidates_.begin(), end, candidates_.end(), better);
  candidates_.resize(keep);
}

// Probabilities of what is left, by logits / temperature.
void Sampler::softmax(double temperature) {
  float best = candidates_.front().logit;
  for (const Candidate& c : candidates_) best = std::max(best, c.logit);
  double total = 0;
  for (Candidate& c : candidates_) {
    c.probability =
        std::exp((static_cast<double>(c.logit) - static_cast<double>(best)) / temperature);
    total += c.probability;
  }
  for (Candidate& c : candidates_) c.probability /= total;
}

// Those whose surprise is nearest to the expected one, until they make up the share.
void Sampler::keep_typical() {
  if (settings_.typical_p >= 1) return;
  softmax(1);
  double entropy = 0;
  for (const Candidate& c : candidates_) {
    if (c.probability > 0) entropy -= c.probability * std::log(c.probability);
  }
  const auto distance = [&](const Candidate& c) {
    return c.probability > 0 ? std::fabs(-std::log(c.probability) - entropy) : HUGE_VAL;
  };
  std::vector<std::pair<double, Candidate>> order;
  for (const Candidate& c : candidates_) order.emplace_back(distance(c), c);
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : better(a.second, b.second);
  });
  candidates_.clear();
  double sum = 0;
  for (const auto& [gap, candidate] : order) {
    candidates_.push_back(candidate);
    sum += candidate.probability;
    if (sum > settings_.typical_p) break;
  }
}

// A heap instead of sorting all: few are taken out of it.
void Sampler::keep_top_p() {
  if (settings_.top_p >= 1) return;
  softmax(1);
  const auto worse = [](const Candidate& a, const Candidate& b) { return better(b, a); };
  std::make_heap(candidates_.begin(), candidates_.end(), worse);
  double sum = 0;
  auto end = candidates_.end();
  while (sum < settings_.top_p && end != candidates_.begin()) {
    std::pop_heap(candidates_.begin(), end, worse);
    sum += (--end)->probability;
  }
  candidates_.erase(candidates_.begin(), end);
  std::reverse(candidates_.begin(), candidates_.end());
}

void Sampler::keep_min_p() {
  if (settings_.min_p <= 0) return;
  float best = candidates_.front().logit;
  for (const Candidate& c : candidates_) best = std::max(best, c.logit);
  const double least = static_cast<double>(best) + std::log(settings_.min_p);
  std::erase_if(candidates_, [&](const Candidate& c) {
    return static_cast<double>(c.logit) < least && c.logit < best;
  });
}

}  // namespace lucie
