#include "trace/suffix_sort.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/rng.h"

namespace lucie {
namespace {

using Numbers = std::vector<std::int32_t>;

Numbers by_comparing(const Numbers& text) {
  Numbers order(text.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return std::lexicographical_compare(text.begin() + a, text.end(), text.begin() + b, text.end());
  });
  return order;
}

Numbers by_inducing(const Numbers& text, std::int32_t symbols) {
  Numbers order(text.size(), -7);
  sort_suffixes(text, order, symbols);
  return order;
}

TEST(SuffixSort, is_the_order_of_all_suffixes) {
  for (std::uint64_t run = 0; run < 3000; ++run) {
    Rng rng(run, "text");
    const auto symbols = static_cast<std::int32_t>(2 + rng.below(6));
    Numbers text(rng.below(60));
    for (std::int32_t& symbol : text) {
      symbol = 1 + static_cast<std::int32_t>(rng.below(static_cast<std::uint64_t>(symbols) - 1));
    }
    text.push_back(0);
    ASSERT_EQ(by_inducing(text, symbols), by_comparing(text)) << "run " << run;
  }
}

// Texts that repeat go through several levels of names.
TEST(SuffixSort, takes_what_repeats) {
  Numbers fibonacci{1}, before{2};
  while (fibonacci.size() < 2000) {
    const Numbers last = fibonacci;
    fibonacci.insert(fibonacci.end(), before.begin(), before.end());
    before = last;
  }
  Numbers periodic;
  for (int i = 0; i < 2000; ++i) periodic.push_back(1 + i % 7 / 2);
  for (Numbers text : {fibonacci, periodic, Numbers(1500, 1)}) {
    text.push_back(0);
    EXPECT_EQ(by_inducing(text, 5), by_comparing(text));
  }
}

TEST(SuffixSort, symbols_may_be_missing_and_many) {
  Rng rng(1, "wide");
  Numbers text;
  for (int i = 0; i < 3000; ++i) text.push_back(1 + static_cast<std::int32_t>(rng.below(99999)));
  text.push_back(0);
  EXPECT_EQ(by_inducing(text, 100000), by_comparing(text));
  EXPECT_EQ(by_inducing({0}, 1), Numbers{0});
}

}  // namespace
}  // namespace lucie
