// The mixture: which share of the tokens seen comes from which group of languages, and from which
// group the i-th sample is taken.
//
// A group is a language ("fr", "code"), or "aligned" for all pairs ("en-fr", "de-en", ...).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace lucie {

std::string mixture_group(std::string_view language);

struct MixtureShare {
  std::string group;
  double weight = 0;  // of the tokens seen; any positive scale
};

class Mixture {
 public:
  // The recipe's `mixture: {language: {en: 33, fr: 32, ...}}`. An absent or empty table leaves the
  // proportions p of the data as they are, or with `{temperature: T}` makes them p^(1/T).
  static Mixture from_json(const Json& mixture);
  const std::vector<MixtureShare>& shares() const { return shares_; }

  // Weights (sum 1) for groups that have `available` windows: 0 for a group without any or that
  // the mixture does not name; from `available` when the mixture is empty.
  // kInvalidArgument when nothing is left.
  std::vector<double> weights_for(std::span<const std::string> groups,
                                  std::span<const std::uint64_t> available) const;

 private:
  std::vector<MixtureShare> shares_;
  double temperature_ = 1;
};

// Megatron's blending rule: sample t comes from the group k that is furthest behind its share, that
// is with the greatest w_k * max(t, 1) - count_k (in doubles; the first of equals), and is the
// count_k-th of that group. Groups of weight 0 take no part. Greedy, so counts are kept at every
// 512th sample and walked from there.
class BlendOrder {
 public:
  // `samples`: how many will be asked for; beyond that it works but walks further.
  BlendOrder(std::vector<double> weights, std::uint64_t samples);

  struct Pick {
    int group = 0;
    std::uint64_t index = 0;  // among the group's samples
  };
  Pick at(std::uint64_t t) const;
  std::vector<std::uint64_t> counts(std::uint64_t t) const;  // of each group before sample t

 private:
  int step(std::uint64_t t, std::span<std::uint64_t> counts) const;
  std::vector<double> weights_;
  std::vector<std::uint64_t> checkpoints_;  // (t / 512, group)
};

}  // namespace lucie
