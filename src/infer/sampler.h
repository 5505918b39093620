// From logits to the next token. A pure function of (seed, position, logits, history): the same
// request gives the same text, whatever else runs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tokenizer/tokenizer.h"

namespace lucie {

struct SamplingSettings {
  double temperature = 0.6;         // 0: greedy
  std::int64_t top_k = 0;           // 0: off
  double top_p = 0.95;              // nucleus (Holtzman et al. 2020); 1: off
  double min_p = 0.0;               // share of the best token's probability; 0: off
  double repetition_penalty = 1.0;  // Keskar et al. 2019, over the last repeat_last_n tokens
  std::int64_t repeat_last_n = 64;
  std::uint64_t seed = 42;
};

// Values out of range: Error{kInvalidArgument} naming the flag.
void check_sampling(const SamplingSettings& settings);

class Sampler {
 public:
  explicit Sampler(const SamplingSettings& settings);
  // `history`: prompt and answer so far; its length is the position in the random sequence.
  // Ties are broken towards the lower id. Ids from `limit` on are never chosen.
  TokenId pick(std::span<const float> logits, std::span<const TokenId> history, std::int64_t limit);

 private:
  struct Candidate {
    TokenId id;
    float logit;
    double probability;
  };
  void keep_best();
  SamplingSettings settings_;
  std::vector<Candidate> candidates_;
};

}  // namespace lucie
