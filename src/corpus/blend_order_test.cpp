#include "corpus/blend_order.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace lucie {
namespace {

// Megatron's loop, written out from its description and independent of ours.
std::vector<int> reference_blend(const std::vector<double>& weights, int samples) {
  std::vector<std::int64_t> current(weights.size(), 0);
  std::vector<int> order;
  for (int sample = 0; sample < samples; ++sample) {
    const double position = std::max(static_cast<double>(sample), 1.0);
    int best = 0;
    double best_error = -1e300;
    for (std::size_t k = 0; k < weights.size(); ++k) {
      const double error = weights[k] * position - static_cast<double>(current[k]);
      if (error > best_error) {
        best_error = error;
        best = static_cast<int>(k);
      }
    }
    ++current[static_cast<std::size_t>(best)];
    order.push_back(best);
  }
  return order;
}

TEST(BlendOrder, follows_megatrons_rule_from_any_position) {
  const std::vector<double> weights{0.33, 0.32, 0.15, 0.07, 0.07, 0.04, 0.02};
  const std::vector<int> expected = reference_blend(weights, 3000);
  const BlendOrder order(weights, 2000);  // positions beyond are walked to
  std::vector<std::uint64_t> counts(weights.size(), 0);
  for (std::uint64_t t = 0; t < expected.size(); ++t) {
    const BlendOrder::Pick pick = order.at(t);
    ASSERT_EQ(pick.group, expected[t]) << t;
    EXPECT_EQ(pick.index, counts[static_cast<std::size_t>(pick.group)]++) << t;
  }
}

TEST(BlendOrder, no_group_strays_from_its_share) {
  const std::vector<double> weights{0.5, 0.3, 0.2};
  const BlendOrder order(weights, 5000);
  for (const std::uint64_t t : {1, 10, 511, 512, 513, 1024, 4999}) {
    const std::vector<std::uint64_t> counts = order.counts(t);
    for (std::size_t k = 0; k < weights.size(); ++k) {
      EXPECT_NEAR(static_cast<double>(counts[k]), weights[k] * static_cast<double>(t), 1.5) << t;
    }
  }
}

TEST(BlendOrder, group_without_weight_is_never_taken) {
  const BlendOrder order({0.0, 1.0}, 1000);
  EXPECT_EQ(order.counts(1000)[0], 0u);
}

}  // namespace
}  // namespace lucie
