// From which group each sample of a phase is taken, when groups have shares.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace lucie {

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
  std::uint64_t when(const Pick& pick) const;                // the t of a pick; there must be one
  std::vector<std::uint64_t> counts(std::uint64_t t) const;  // of each group before sample t

 private:
  int step(std::uint64_t t, std::span<std::uint64_t> counts) const;
  std::vector<double> weights_;
  std::vector<std::uint64_t> checkpoints_;  // (t / 512, group)
};

}  // namespace lucie
