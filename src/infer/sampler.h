// From logits to the next token. A pure function of (settings, position, logits, history): the same
// request gives the same text, whatever else runs.
//
// The steps are llama.cpp's, in its order: bias, penalties, DRY, top-k, typical, top-p, min-p, and
// temperature last, so that the shares are those of the model's own probabilities.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tokenizer/token_id.h"

namespace lucie {

struct SamplingSettings {
  double temperature = 0.6;  // 0: greedy
  std::int64_t top_k = 0;    // 0: off
  double typical_p = 1.0;    // Meister et al. 2023; 1: off
  double top_p = 0.95;       // nucleus (Holtzman et al. 2020); 1: off
  double min_p = 0.0;        // share of the best token's probability (Nguyen et al. 2024); 0: off

  // Over the last repeat_last_n tokens: what stands there once or more has its logit divided by
  // repetition_penalty (multiplied below 0; Keskar et al. 2019), then presence_penalty taken off,
  // and frequency_penalty for each time.
  double repetition_penalty = 1.0;
  double frequency_penalty = 0.0, presence_penalty = 0.0;
  std::int64_t repeat_last_n = 64;  // -1: all

  // DRY: a token that would go on with a repeated run of n >= dry_allowed_length tokens loses
  // dry_multiplier * dry_base^(n - dry_allowed_length). Runs end at tokens that hold a breaker.
  double dry_multiplier = 0.0;  // 0: off
  double dry_base = 1.75;
  std::int64_t dry_allowed_length = 2;
  std::int64_t dry_last_n = -1;  // how far back; -1: all
  std::vector<std::string> dry_breakers{"\n", ":", "\"", "*"};

  std::vector<std::pair<TokenId, double>> logit_bias{};  // added; -infinity forbids
  std::uint64_t seed = 42;
};

// Values out of range: Error{kInvalidArgument} naming the flag.
void check_sampling(const SamplingSettings& settings);

using TokenMask = std::vector<bool>;  // by id

class Sampler {
 public:
  // `breakers`: the tokens that hold one of the DRY breakers; of others the run goes on.
  explicit Sampler(const SamplingSettings& settings, TokenMask breakers = {});
  // `history`: prompt and answer so far; its length is the position in the random sequence.
  // Ties are broken towards the lower id. Ids from `limit` on are never chosen, nor are those that
  // `allowed`, when given, does not hold: it holds one below the limit at least.
  TokenId pick(std::span<const float> logits, std::span<const TokenId> history, std::int64_t limit,
               const TokenMask* allowed = nullptr);

 private:
  struct Candidate {
    TokenId id;
    float logit;
    double probability;
  };
  static bool better(const Candidate& a, const Candidate& b) {
    return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
  }
  void gather(std::span<const float> logits, std::span<const TokenId> history, std::size_t usable,
              const TokenMask* allowed);
  void keep_top_k();
  void keep_typical();
  void keep_top_p();
  void keep_min_p();
  void softmax(double temperature);

  SamplingSettings settings_;
  TokenMask breakers_;
  std::vector<float> scores_;
  std::vector<Candidate> candidates_;
};

}  // namespace lucie
