#include "base/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace lucie {
namespace {

using Words = std::array<std::uint32_t, 4>;

TEST(Philox, gives_the_known_answers_of_random123) {
  // kat_vectors of Random123, philox 4x32 with 10 rounds.
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const std::uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox4x32({ones, ones, ones, ones}, {ones, ones}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

// From: tools/philox.py --seed 81985529216486895 --purpose init/x --index 4294967301
constexpr std::uint64_t kSeed = 0x0123456789abcdef, kIndex = (std::uint64_t{1} << 32) + 5;

TEST(Rng, draws_the_same_as_the_python_twin) {
  Rng words(kSeed, "init/x", kIndex);
  for (const std::uint32_t word : {0x0aeb7e35U, 0xc9a24402U, 0x57f80d75U, 0xf1acaf17U, 0x06d3c304U,
                                   0x3c928919U, 0xbe107d7bU, 0xc535e251U}) {
    EXPECT_EQ(words.next(), word);
  }
  Rng uniform(kSeed, "init/x", kIndex);
  for (const float x : {0.0426558256149292F, 0.7876322269439697F, 0.3436287045478821F}) {
    EXPECT_EQ(uniform.uniform(), x);
  }
  Rng uniform53(kSeed, "init/x", kIndex);
  for (const double x : {0.7876322274195625, 0.9440411979666977, 0.23661095486643458}) {
    EXPECT_EQ(uniform53.uniform53(), x);
  }
  Rng normal(kSeed, "init/x", kIndex);
  for (const float x : {0.5883990526199341F, 1.3722198009490967F, 0.22622571885585785F}) {
    EXPECT_FLOAT_EQ(normal.normal(), x);
  }
}

TEST(Rng, seed_purpose_and_index_each_give_another_stream) {
  const auto first = [](Rng rng) { return rng.next(); };
  const std::vector<std::uint32_t> draws = {
      first(Rng(1, "a", 0)), first(Rng(2, "a", 0)),          first(Rng(1, "b", 0)),
      first(Rng(1, "a", 1)), first(Rng(1ULL << 32, "a", 0)), first(Rng(1, "a", 1ULL << 32))};
  for (std::size_t i = 0; i < draws.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(draws[i], draws[j]);
  }
  EXPECT_EQ(draws[0], first(Rng(1, "a")));
}

TEST(Rng, normals_have_the_moments_of_a_standard_normal) {
  Rng rng(3, "moments");
  const int n = 200'000;
  double sum = 0, squares = 0, fourth = 0;
  for (int i = 0; i < n; ++i) {
    const double x = rng.normal();
    ASSERT_TRUE(std::isfinite(x));
    sum += x;
    squares += x * x;
    fourth += x * x * x * x;
  }
  // Five standard errors: 1/sqrt(n), sqrt(2/n), sqrt(96/n).
  EXPECT_NEAR(sum / n, 0, 5 / std::sqrt(n));
  EXPECT_NEAR(squares / n, 1, 5 * std::sqrt(2.0 / n));
  EXPECT_NEAR(fourth / n, 3, 5 * std::sqrt(96.0 / n));
}

TEST(Rng, uniforms_stay_below_one_and_fill_the_range) {
  Rng rng(4, "uniform");
  float low = 1, high = 0;
  for (int i = 0; i < 100'000; ++i) {
    const float x = rng.uniform();
    low = std::min(low, x);
    high = std::max(high, x);
    const double y = rng.uniform53();
    ASSERT_TRUE(y >= 0 && y < 1);
  }
  EXPECT_GE(low, 0.0F);
  EXPECT_LT(high, 1.0F);
  EXPECT_LT(low, 0.001F);
  EXPECT_GT(high, 0.999F);
}

TEST(Rng, below_is_even_over_its_range) {
  Rng rng(5, "below");
  std::array<int, 7> counts{};
  for (int i = 0; i < 70'000; ++i) ++counts[rng.below(7)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 5 * 93);  // sqrt(70000 * 6/49) = 93
  EXPECT_EQ(rng.below(1), 0U);
  const std::uint64_t large = (std::uint64_t{1} << 63) + 1;  // half of the words are refused here
  for (int i = 0; i < 100; ++i) EXPECT_LT(rng.below(large), large);
}

TEST(Permutation, is_a_bijection_for_every_size) {
  std::vector<std::uint64_t> sizes(130);
  std::iota(sizes.begin(), sizes.end(), 1);
  for (const std::uint64_t n : {255, 256, 257, 1000, 4095, 4096, 4097, 65'537}) sizes.push_back(n);
  for (const std::uint64_t n : sizes) {
    const Permutation permutation(n, 9, "order");
    std::vector<bool> seen(n, false);
    for (std::uint64_t i = 0; i < n; ++i) {
      const std::uint64_t j = permutation(i);
      ASSERT_LT(j, n);
      ASSERT_FALSE(seen[j]) << n << " " << i;
      seen[j] = true;
      ASSERT_EQ(permutation.inverse(j), i) << n;
    }
  }
}

TEST(Permutation, handles_sizes_near_the_end_of_64_bits) {
  const std::uint64_t n = ~std::uint64_t{0};
  const Permutation permutation(n, 1, "wide");
  EXPECT_NE(permutation(0), permutation(n - 1));
  EXPECT_LT(permutation(n - 1), n);
  EXPECT_EQ(permutation.inverse(permutation(n - 1)), n - 1);
}

TEST(Permutation, depends_on_seed_and_purpose_and_shuffles) {
  const std::uint64_t n = 10'000;
  const Permutation a(n, 1, "x"), same(n, 1, "x"), seed(n, 2, "x"), purpose(n, 1, "y");
  int fixed = 0, as_seed = 0, as_purpose = 0, neighbours = 0;
  for (std::uint64_t i = 0; i < n; ++i) {
    ASSERT_EQ(a(i), same(i));
    fixed += a(i) == i;
    as_seed += a(i) == seed(i);
    as_purpose += a(i) == purpose(i);
    neighbours += i > 0 && a(i) == a(i - 1) + 1;
  }
  // Each expects one in a random shuffle.
  for (const int count : {fixed, as_seed, as_purpose, neighbours}) EXPECT_LT(count, 10);
}

}  // namespace
}  // namespace lucie
