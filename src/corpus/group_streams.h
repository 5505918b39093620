// From which group of tokens each sample of a phase is taken: groups are blended by their shares,
// except that the years of one group may follow each other.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "corpus/blend_order.h"
#include "corpus/token_groups.h"

namespace lucie {

class GroupStreams {
 public:
  // `shares` sum to 1. With `oldest_first`, groups that differ in nothing but their year are
  // blended as one and their samples are taken year by year, each year's share of them in turn;
  // what is undated stays apart.
  GroupStreams(std::span<const GroupKey> keys, const std::vector<double>& shares, bool oldest_first,
               std::uint64_t samples);

  BlendOrder::Pick at(std::uint64_t t) const;              // the group, and which sample of it
  std::uint64_t when(const BlendOrder::Pick& pick) const;  // the t of a pick; there must be one
  std::vector<std::uint64_t> counts() const;               // of each group over all samples

 private:
  struct Part {  // of a stream: its samples from `begin` to the next part's come from `group`
    std::size_t group = 0;
    std::uint64_t begin = 0;
  };
  std::size_t groups_;
  std::uint64_t samples_;
  std::vector<std::vector<Part>> streams_;
  BlendOrder blend_;
};

}  // namespace lucie
