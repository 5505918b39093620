#include "corpus/mixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

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

TEST(Mixture, pairs_of_languages_form_one_group) {
  EXPECT_EQ(mixture_group("en-fr"), "aligned");
  EXPECT_EQ(mixture_group("fr"), "fr");
  EXPECT_EQ(mixture_group("code"), "code");
}

TEST(Mixture, share_of_a_group_without_data_goes_to_the_others) {
  const Mixture mixture =
      Mixture::from_json(parse_yaml("{language: {en: 30, fr: 10, it: 60}}", "recipe"));
  const std::vector<std::string> groups{"de", "en", "fr"};
  const std::vector<std::uint64_t> available{5, 5, 5};
  const std::vector<double> weights = mixture.weights_for(groups, available);
  EXPECT_DOUBLE_EQ(weights[0], 0);
  EXPECT_DOUBLE_EQ(weights[1], 0.75);
  EXPECT_DOUBLE_EQ(weights[2], 0.25);
}

TEST(Mixture, empty_table_keeps_the_proportions_of_the_data) {
  const std::vector<std::string> groups{"de", "en"};
  const std::vector<std::uint64_t> available{1, 3};
  EXPECT_DOUBLE_EQ(Mixture::from_json(Json()).weights_for(groups, available)[1], 0.75);
}

TEST(Mixture, bad_tables_are_errors) {
  EXPECT_THROW(Mixture::from_json(parse_yaml("{languages: {en: 1}}", "r")), Error);
  EXPECT_THROW(Mixture::from_json(parse_yaml("{language: {en: -1}}", "r")), Error);
  EXPECT_THROW(Mixture::from_json(parse_yaml("{language: {en: many}}", "r")), Error);
  const std::vector<std::string> groups{"de"};
  const std::vector<std::uint64_t> available{1};
  const Mixture mixture = Mixture::from_json(parse_yaml("{language: {en: 1}}", "r"));
  EXPECT_THROW(mixture.weights_for(groups, available), Error);
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

TEST(Mixture, temperature_evens_out_the_proportions_of_the_data) {
  const std::vector<std::string> groups = {"en", "it", "none"};
  const std::vector<std::uint64_t> available = {900, 100, 0};
  const auto weights = [&](const char* json) {
    return Mixture::from_json(parse_json(json, "recipe")).weights_for(groups, available);
  };
  EXPECT_EQ(weights(R"({"temperature": 1})"), (std::vector<double>{0.9, 0.1, 0}));
  const std::vector<double> two = weights(R"({"temperature": 2})");  // 30 to 10
  EXPECT_DOUBLE_EQ(two[0], 0.75);
  EXPECT_DOUBLE_EQ(two[1], 0.25);
  EXPECT_EQ(two[2], 0);
  EXPECT_THROW(weights(R"({"temperature": 0})"), Error);
  EXPECT_THROW(weights(R"({"temperature": 2, "language": {"en": 1}})"), Error);
}

}  // namespace
}  // namespace lucie
