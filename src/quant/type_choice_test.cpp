#include "quant/type_choice.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace lucie {
namespace {

using Tensors = std::vector<std::vector<TypeOption>>;

struct Total {
  std::uint64_t bytes = 0;
  double error = 0;
};

Total total_of(const Tensors& tensors, const std::vector<std::size_t>& picks) {
  Total total;
  for (std::size_t t = 0; t < tensors.size(); ++t) {
    total.bytes += tensors[t].at(picks.at(t)).bytes;
    total.error += tensors[t][picks[t]].error;
  }
  return total;
}

// Errors are whole numbers, so that sums in any order are the same.
Tensors random_tensors(std::uint64_t seed, std::uint64_t measure) {
  Rng rng(seed, "types");
  Tensors tensors(1 + rng.below(5));
  for (auto& options : tensors) {
    options.resize(1 + rng.below(5));
    for (TypeOption& option : options) {
      option = {measure * (1 + rng.below(40)), static_cast<double>(rng.below(30))};
    }
  }
  return tensors;
}

// The smallest error of all choices; below 0 where none fits.
double by_trying_all(const Tensors& tensors, std::uint64_t budget, std::size_t from = 0) {
  if (from == tensors.size()) return 0;
  double best = -1;
  for (const TypeOption& option : tensors[from]) {
    if (option.bytes > budget) continue;
    const double rest = by_trying_all(tensors, budget - option.bytes, from + 1);
    if (rest >= 0 && (best < 0 || rest + option.error < best)) best = rest + option.error;
  }
  return best;
}

TEST(TypeChoice, is_the_best_of_all_that_fit) {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const Tensors tensors = random_tensors(seed, 1 + seed % 7 * 1000);
    for (const std::uint64_t share : {0, 20, 60, 100, 130, 200}) {
      const std::uint64_t budget = share * (1 + seed % 7 * 1000);
      const double best = by_trying_all(tensors, budget);
      const auto picks = choose_types(tensors, budget);
      ASSERT_EQ(picks.has_value(), best >= 0) << "seed " << seed << ", budget " << budget;
      if (!picks) continue;
      EXPECT_LE(total_of(tensors, *picks).bytes, budget) << "seed " << seed;
      EXPECT_EQ(total_of(tensors, *picks).error, best) << "seed " << seed;
    }
  }
}

TEST(TypeChoice, with_more_room_loses_no_more) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Tensors tensors = random_tensors(seed, 1);
    double before = 1e9;
    for (std::uint64_t budget = 0; budget < 220; budget += 3) {
      const auto picks = choose_types(tensors, budget);
      if (!picks) continue;
      const double error = total_of(tensors, *picks).error;
      EXPECT_LE(error, before) << "seed " << seed << ", budget " << budget;
      before = error;
    }
  }
}

// 2^18 sizes do not tell these apart: near the best, and never beyond the budget.
TEST(TypeChoice, rounds_up_sizes_without_a_common_measure) {
  Tensors tensors;
  for (std::uint64_t t = 0; t < 12; ++t) {
    const std::uint64_t small = 1'000'003 + 7919 * t;
    tensors.push_back({{small, 9.0}, {2 * small + 1, 4.0}, {5 * small + 3, 0.0}});
  }
  for (const std::uint64_t budget : {12'600'000ULL, 20'000'001ULL, 40'000'000ULL}) {
    const auto picks = choose_types(tensors, budget);
    ASSERT_TRUE(picks.has_value());
    const Total total = total_of(tensors, *picks);
    EXPECT_LE(total.bytes, budget);
    EXPECT_LE(total.error, by_trying_all(tensors, budget - 12 * 250));
  }
  // Steps of 1,001 bytes: these two take two each.
  const std::vector<TypeOption> odd{{0, 1.0}, {1999, 0.0}};
  EXPECT_EQ(choose_types(Tensors{odd, odd, {{0, 1.0}, {262'144'000, 0.0}}}, 2002),
            (std::vector<std::size_t>{1, 0, 0}));
  EXPECT_EQ(choose_types(tensors, 100'000'000), std::vector<std::size_t>(12, 2));
}

TEST(TypeChoice, of_equals_takes_the_smaller_and_of_tensors_the_first) {
  const Tensors tensors{{{30, 1.0}, {20, 1.0}, {20, 1.0}}, {{8, 0.0}, {9, 0.0}}};
  EXPECT_EQ(choose_types(tensors, 1000), (std::vector<std::size_t>{1, 0}));
  EXPECT_EQ(choose_types(tensors, 27), std::nullopt);
  const std::vector<TypeOption> either{{10, 1.0}, {20, 0.0}};
  EXPECT_EQ(choose_types(Tensors{either, either}, 30), (std::vector<std::size_t>{1, 0}));
  EXPECT_EQ(choose_types({}, 0), std::vector<std::size_t>{});
}

}  // namespace
}  // namespace lucie
