#include "eval/verbatim.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace lucie {
namespace {

// 62 characters, no two alike.
const std::string kText = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

VerbatimShare share(const std::vector<std::string>& answers,
                    const std::vector<std::string>& training, std::size_t run = 50) {
  VerbatimCheck check(answers, run);
  for (const std::string& text : training) check.read(text);
  return check.share();
}

TEST(Verbatim, counts_the_characters_of_copied_runs) {
  const VerbatimShare s =
      share({"##" + kText.substr(0, 51) + " ##", "nothing of it"}, {"before " + kText + " after"});
  EXPECT_EQ(s.answers, 2);
  EXPECT_EQ(s.answers_copied, 1);
  EXPECT_EQ(s.characters, 2 + 51 + 3 + 13);
  EXPECT_EQ(s.characters_copied, 51);
  EXPECT_DOUBLE_EQ(to_json(s).at("answers_share").as_double(), 0.5);
  EXPECT_DOUBLE_EQ(to_json(s).at("characters_share").as_double(), 51.0 / 69);
}

TEST(Verbatim, a_run_of_49_characters_is_not_copied) {
  EXPECT_EQ(share({kText.substr(0, 49) + "#"}, {kText}).characters_copied, 0);
  EXPECT_EQ(share({kText.substr(0, 50) + "#"}, {kText}).characters_copied, 50);
}

TEST(Verbatim, overlapping_and_repeated_runs_count_once) {
  const std::vector<std::string> training{kText.substr(0, 55), kText.substr(3), kText};
  EXPECT_EQ(share({kText}, training).characters_copied, 62);
  EXPECT_EQ(share({kText + "#" + kText, kText}, training).characters_copied, 3 * 62);
}

TEST(Verbatim, a_run_does_not_reach_across_training_texts) {
  EXPECT_EQ(share({kText}, {kText.substr(0, 40), kText.substr(40)}).characters_copied, 0);
}

TEST(Verbatim, counts_code_points_and_folds_white_space) {
  std::string accented;
  for (int i = 0; i < 25; ++i)
    accented +=
        "\xC3\xA9"
        "x ";  // 75 characters in 100 bytes
  std::string wrapped = accented;
  wrapped.replace(5, 0, " \n\t");
  const VerbatimShare s = share({accented}, {wrapped});
  EXPECT_EQ(s.characters, 74);  // without the space at the end
  EXPECT_EQ(s.characters_copied, 74);
  EXPECT_EQ(share({accented.substr(0, 64)}, {accented}).characters_copied, 0);  // 48 characters
}

TEST(Verbatim, agrees_with_a_search_of_every_run) {
  // Two letters only, so that short runs recur and overlap in every way.
  std::vector<std::string> texts;
  std::uint32_t state = 1;
  for (int i = 0; i < 8; ++i) {
    std::string text;
    for (int j = 0; j < 60; ++j) {
      state = state * 1664525 + 1013904223;
      text += (state >> 24 & 1) != 0 ? 'a' : 'b';
    }
    texts.push_back(text);
  }
  const std::vector<std::string> answers(texts.begin(), texts.begin() + 4);
  const std::vector<std::string> training(texts.begin() + 4, texts.end());
  std::int64_t expected = 0;
  for (const std::string& answer : answers) {
    std::vector<bool> copied(answer.size(), false);
    for (std::size_t i = 0; i + 7 <= answer.size(); ++i) {
      for (const std::string& text : training) {
        if (text.find(answer.substr(i, 7)) == std::string::npos) continue;
        for (std::size_t j = i; j < i + 7; ++j) copied[j] = true;
      }
    }
    expected += std::count(copied.begin(), copied.end(), true);
  }
  EXPECT_GT(expected, 0);
  EXPECT_LT(expected, 240);
  EXPECT_EQ(share(answers, training, 7).characters_copied, expected);
}

TEST(Verbatim, no_answers_have_no_share) {
  EXPECT_EQ(to_json(share({}, {kText})).at("answers_share").as_double(), 0.0);
  EXPECT_EQ(share({""}, {kText}).characters, 0);
}

}  // namespace
}  // namespace lucie
