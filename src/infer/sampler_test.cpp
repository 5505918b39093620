#include "infer/sampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

#include "base/error.h"

namespace lucie {
namespace {

constexpr std::int64_t kAll = 1000;  // no limit on ids

SamplingSettings plain() {
  SamplingSettings s;
  s.temperature = 1.0;
  s.top_p = 1.0;
  return s;
}

// Shares of the ids over draws at positions 0, 1, 2, ...
std::vector<double> shares(const SamplingSettings& settings, const std::vector<float>& logits,
                           int draws = 100000) {
  Sampler sampler(settings);
  std::vector<double> counts(logits.size(), 0.0);
  std::vector<TokenId> history;
  for (int i = 0; i < draws; ++i) {
    counts[static_cast<std::size_t>(sampler.pick(logits, history, kAll))] += 1.0 / draws;
    history.push_back(7777);
  }
  return counts;
}

// Ids that are ever drawn.
std::set<TokenId> drawn(const SamplingSettings& settings, const std::vector<float>& logits) {
  const std::vector<double> counts = shares(settings, logits, 3000);
  std::set<TokenId> ids;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) ids.insert(static_cast<TokenId>(i));
  }
  return ids;
}

std::vector<float> logs(const std::vector<double>& probabilities) {
  std::vector<float> logits;
  for (const double p : probabilities) logits.push_back(static_cast<float>(std::log(p)));
  return logits;
}

TEST(Sampler, draws_with_the_models_probabilities) {
  const std::vector<double> p{0.05, 0.4, 0.01, 0.24, 0.3};
  const std::vector<double> counted = shares(plain(), logs(p));
  for (std::size_t i = 0; i < p.size(); ++i) {
    // Five standard deviations of a share of 1e5 draws.
    EXPECT_NEAR(counted[i], p[i], 5 * std::sqrt(p[i] * (1 - p[i]) / 1e5)) << "id " << i;
  }
}

TEST(Sampler, temperature_raises_probabilities_to_its_inverse) {
  SamplingSettings settings = plain();
  settings.temperature = 0.5;
  const std::vector<double> counted = shares(settings, logs({0.6, 0.3, 0.1}));
  EXPECT_NEAR(counted[0], 0.36 / 0.46, 0.007);
  EXPECT_NEAR(counted[1], 0.09 / 0.46, 0.007);
  EXPECT_NEAR(counted[2], 0.01 / 0.46, 0.004);
}

TEST(Sampler, temperature_zero_takes_the_best_and_of_equals_the_first) {
  SamplingSettings settings = plain();
  settings.temperature = 0;
  Sampler sampler(settings);
  EXPECT_EQ(sampler.pick(std::vector<float>{1, 3, 2}, {}, kAll), 1);
  EXPECT_EQ(sampler.pick(std::vector<float>{1, 3, 3, 3}, {}, kAll), 1);
}

TEST(Sampler, is_a_function_of_seed_and_position) {
  const std::vector<float> logits(50, 0.0f);
  const auto sequence = [&](std::uint64_t seed) {
    SamplingSettings settings = plain();
    settings.seed = seed;
    Sampler sampler(settings);
    std::vector<TokenId> ids;
    while (ids.size() < 30) ids.push_back(sampler.pick(logits, ids, kAll));
    return ids;
  };
  EXPECT_EQ(sequence(1), sequence(1));
  EXPECT_NE(sequence(1), sequence(2));
}

TEST(Sampler, top_k_keeps_that_many_and_of_equals_the_first) {
  SamplingSettings settings = plain();
  settings.top_k = 2;
  EXPECT_EQ(drawn(settings, logs({0.2, 0.5, 0.3})), (std::set<TokenId>{1, 2}));
  EXPECT_EQ(drawn(settings, {0, 0, 0, 0}), (std::set<TokenId>{0, 1}));
  settings.top_k = 1;
  EXPECT_EQ(drawn(settings, logs({0.2, 0.5, 0.3})), (std::set<TokenId>{1}));
  settings.top_k = 99;  // more than there are
  EXPECT_EQ(drawn(settings, logs({0.2, 0.5, 0.3})).size(), 3U);
}

TEST(Sampler, top_p_keeps_the_fewest_that_reach_it) {
  const std::vector<float> logits = logs({0.1, 0.5, 0.15, 0.25});
  SamplingSettings settings = plain();
  settings.top_p = 0.49;
  EXPECT_EQ(drawn(settings, logits), (std::set<TokenId>{1}));
  settings.top_p = 0.51;
  EXPECT_EQ(drawn(settings, logits), (std::set<TokenId>{1, 3}));
  settings.top_p = 0.76;
  EXPECT_EQ(drawn(settings, logits), (std::set<TokenId>{1, 2, 3}));
  settings.top_p = 0.0001;  // the best one always stays
  EXPECT_EQ(drawn(settings, logits), (std::set<TokenId>{1}));
  settings.top_p = 0.76;
  EXPECT_NEAR(shares(settings, logits)[1], 0.5 / 0.9, 0.008);  // what stays sums to one
}

TEST(Sampler, min_p_drops_what_is_less_than_its_share_of_the_best) {
  const std::vector<float> logits = logs({0.1, 0.5, 0.15, 0.25});
  SamplingSettings settings = plain();
  settings.min_p = 0.31;
  EXPECT_EQ(drawn(settings, logits), (std::set<TokenId>{1, 3}));
  settings.min_p = 0.29;
  EXPECT_EQ(drawn(settings, logits), (std::set<TokenId>{1, 2, 3}));
  settings.min_p = 1.0;
  EXPECT_EQ(drawn(settings, logits), (std::set<TokenId>{1}));
}

TEST(Sampler, penalty_divides_positive_and_multiplies_negative_logits_once) {
  SamplingSettings settings = plain();
  settings.temperature = 0;
  settings.repetition_penalty = 2.0;
  Sampler sampler(settings);
  EXPECT_EQ(sampler.pick(std::vector<float>{3, 2}, std::vector<TokenId>{0}, kAll), 1);
  EXPECT_EQ(sampler.pick(std::vector<float>{5, 2}, std::vector<TokenId>{0, 0, 0}, kAll), 0);
  EXPECT_EQ(sampler.pick(std::vector<float>{-2, -3}, std::vector<TokenId>{0}, kAll), 1);
  EXPECT_EQ(sampler.pick(std::vector<float>{3, 2}, std::vector<TokenId>{99}, kAll), 0);
}

TEST(Sampler, penalty_looks_at_the_last_tokens_only) {
  SamplingSettings settings = plain();
  settings.temperature = 0;
  settings.repetition_penalty = 2.0;
  settings.repeat_last_n = 2;
  Sampler sampler(settings);
  EXPECT_EQ(sampler.pick(std::vector<float>{3, 2, 0}, std::vector<TokenId>{0, 2, 2}, kAll), 0);
  EXPECT_EQ(sampler.pick(std::vector<float>{3, 2, 0}, std::vector<TokenId>{2, 0, 2}, kAll), 1);
}

TEST(Sampler, presence_and_frequency_are_taken_off_once_and_each_time) {
  SamplingSettings settings = plain();
  settings.temperature = 0;
  settings.presence_penalty = 1;
  settings.frequency_penalty = 0.5;
  settings.repeat_last_n = -1;
  Sampler sampler(settings);
  const auto best = [&](float logit, std::vector<TokenId> history) {
    return sampler.pick(std::vector<float>{logit, 2}, history, kAll);
  };
  EXPECT_EQ(best(3.6f, {0}), 0);
  EXPECT_EQ(best(3.4f, {0}), 1);
  EXPECT_EQ(best(4.1f, {0, 0}), 0);
  EXPECT_EQ(best(3.9f, {0, 0}), 1);
  EXPECT_EQ(best(3.9f, {0, 5, 0, 7}), 1);
}

TEST(Sampler, typical_keeps_what_is_about_as_surprising_as_expected) {
  // The entropy is 1.030: nearest to it is 0.3 (of 1.204), then 0.5 (0.693), then 0.2 (1.609).
  const std::vector<float> logits = logs({0.5, 0.3, 0.2});
  SamplingSettings settings = plain();
  settings.typical_p = 0.2;
  EXPECT_EQ(drawn(settings, logits), (std::set<TokenId>{1}));
  settings.typical_p = 0.4;
  EXPECT_EQ(drawn(settings, logits), (std::set<TokenId>{0, 1}));
  settings.typical_p = 0.85;
  EXPECT_EQ(drawn(settings, logits), (std::set<TokenId>{0, 1, 2}));
}

TEST(Sampler, shares_are_of_the_models_own_probabilities_and_temperature_comes_last) {
  SamplingSettings settings = plain();
  settings.top_p = 0.6;
  settings.temperature = 50;  // nearly uniform over what is kept
  const std::vector<double> counted = shares(settings, logs({0.5, 0.25, 0.15, 0.1}));
  EXPECT_NEAR(counted[0], 0.5, 0.02);
  EXPECT_NEAR(counted[1], 0.5, 0.02);
}

TEST(Sampler, dry_takes_off_more_the_longer_the_repeated_run_is) {
  SamplingSettings settings = plain();
  settings.temperature = 0;
  settings.dry_multiplier = 0.8;
  settings.dry_base = 2;
  const auto loss = [&](const std::vector<TokenId>& history, TokenId id, TokenMask breakers = {}) {
    Sampler sampler(settings, std::move(breakers));
    std::vector<float> logits(10, -100.0f);
    double low = -10, high = 200;  // of the logit at which `id` begins to win against 0
    logits[9] = 0;
    for (int i = 0; i < 60; ++i) {
      const double middle = (low + high) / 2;
      logits[static_cast<std::size_t>(id)] = static_cast<float>(middle);
      (sampler.pick(logits, history, kAll) == id ? high : low) = middle;
    }
    return high;
  };
  EXPECT_NEAR(loss({1, 2, 3, 1, 2}, 3), 0.8, 1e-3);        // a run of 2
  EXPECT_NEAR(loss({4, 1, 2, 3, 4, 1, 2}, 3), 1.6, 1e-3);  // of 3
  EXPECT_NEAR(loss({4, 1, 2, 3, 5, 1, 2}, 3), 0.8, 1e-3);  // of 2: another token before it
  EXPECT_NEAR(loss({1, 2, 3, 1, 2}, 4), 0, 1e-3);          // does not go on with it
  EXPECT_NEAR(loss({2, 3, 1, 2}, 3), 0, 1e-3);             // a run of 1 is allowed
  EXPECT_NEAR(loss({1, 1, 1, 1, 1}, 1), 3.2, 1e-3);        // the four before overlap themselves
  TokenMask breakers(10, false);
  breakers[1] = true;
  EXPECT_NEAR(loss({4, 1, 2, 3, 4, 1, 2}, 3, breakers), 0, 1e-3);  // no run reaches over it
  settings.dry_last_n = 4;
  EXPECT_NEAR(loss({4, 1, 2, 3, 4, 1, 2}, 3), 0, 1e-3);
}

TEST(Sampler, a_bias_is_added_and_minus_infinity_forbids) {
  SamplingSettings settings = plain();
  settings.temperature = 0;
  settings.logit_bias = {{0, 1.5}, {2, -HUGE_VAL}, {77, 3.0}};
  Sampler sampler(settings);
  EXPECT_EQ(sampler.pick(std::vector<float>{0, 1, 9}, {}, kAll), 0);
  EXPECT_EQ(sampler.pick(std::vector<float>{0, 2, 9}, {}, kAll), 1);
}

TEST(Sampler, chooses_among_the_allowed_only) {
  SamplingSettings settings = plain();
  settings.top_k = 1;
  Sampler sampler(settings);
  const TokenMask allowed{false, true, false, true};
  EXPECT_EQ(sampler.pick(std::vector<float>{9, 1, 8, 2, 7}, {}, kAll, &allowed), 3);
  settings.top_k = 0;
  Sampler any(settings);
  std::vector<TokenId> history;
  for (int i = 0; i < 200; ++i) {
    const TokenId id = any.pick(std::vector<float>{9, 1, 8, 2, 7}, history, kAll, &allowed);
    EXPECT_TRUE(id == 1 || id == 3);
    history.push_back(0);
  }
}

TEST(Sampler, never_chooses_ids_beyond_the_limit) {
  SamplingSettings settings = plain();
  Sampler sampler(settings);
  std::vector<TokenId> history;
  for (int i = 0; i < 500; ++i) {
    EXPECT_LT(sampler.pick(std::vector<float>{0, 0, 50}, history, 2), 2);
    history.push_back(0);
  }
}

TEST(Sampler, refuses_settings_out_of_range_by_their_flag) {
  const auto flag = [](auto change) -> std::string {
    SamplingSettings settings = plain();
    change(settings);
    try {
      check_sampling(settings);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      return error.place();
    }
    return "accepted";
  };
  EXPECT_EQ(flag([](SamplingSettings& s) { s.temperature = -0.1; }), "--temp");
  EXPECT_EQ(flag([](SamplingSettings& s) { s.temperature = std::nan(""); }), "--temp");
  EXPECT_EQ(flag([](SamplingSettings& s) { s.top_k = -1; }), "--top-k");
  EXPECT_EQ(flag([](SamplingSettings& s) { s.top_p = 0; }), "--top-p");
  EXPECT_EQ(flag([](SamplingSettings& s) { s.top_p = 1.01; }), "--top-p");
  EXPECT_EQ(flag([](SamplingSettings& s) { s.min_p = -0.01; }), "--min-p");
  EXPECT_EQ(flag([](SamplingSettings& s) { s.min_p = 1.01; }), "--min-p");
  EXPECT_EQ(flag([](SamplingSettings& s) { s.repetition_penalty = 0; }), "--repeat-penalty");
  EXPECT_EQ(flag([](SamplingSettings& s) { s.repeat_last_n = -2; }), "--repeat-last-n");
  EXPECT_EQ(flag([](SamplingSettings&) {}), "accepted");
  EXPECT_EQ(flag([](SamplingSettings& s) { s.typical_p = 0; }), "--typical");
  EXPECT_EQ(flag([](SamplingSettings& s) { s.dry_base = 0.5; }), "--dry-base");
  EXPECT_EQ(flag([](SamplingSettings& s) { s.repetition_penalty = 1e-300; }), "--repeat-penalty");
  EXPECT_EQ(flag([](SamplingSettings& s) { s.logit_bias = {{-1, 1.0}}; }), "--logit-bias");
  EXPECT_EQ(flag([](SamplingSettings& s) { s.logit_bias = {{1, 1e300}}; }), "--logit-bias");
  EXPECT_EQ(flag([](SamplingSettings& s) { s.logit_bias = {{1, -HUGE_VAL}}; }), "accepted");
  SamplingSettings bad = plain();
  bad.top_p = 2;
  EXPECT_THROW(Sampler{bad}, Error);
}

}  // namespace
}  // namespace lucie
