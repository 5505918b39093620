#include "corpus/quality/rules.h"

#include <gtest/gtest.h>

#include <set>

#include "base/error.h"

namespace lucie::quality {
namespace {

Settings settings_of(const std::string& yaml) {
  return Settings::from_json(parse_yaml(yaml, "recipe.yaml"));
}

const Rule& rule(std::string_view name) {
  for (const Rule& each : rules()) {
    if (each.name == name) return each;
  }
  throw std::logic_error("no such rule");
}

void expect_error(const std::string& yaml, const std::string& message, const std::string& hint) {
  try {
    settings_of(yaml);
    ADD_FAILURE() << yaml;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(error.message().find(message), std::string::npos) << error.message();
    EXPECT_NE(error.hint().find(hint), std::string::npos) << error.hint();
  }
}

TEST(QualityRules, names_are_distinct_and_groups_stand_together) {
  std::set<std::string_view> names, groups;
  std::string_view last;
  for (const Rule& each : rules()) {
    EXPECT_TRUE(names.insert(each.name).second) << each.name;
    const bool stands_here = each.group() == last || groups.insert(each.group()).second;
    EXPECT_TRUE(stands_here) << each.name;
    last = each.group();
  }
  EXPECT_EQ(groups, (std::set<std::string_view>{"gopher", "c4", "fineweb", "redpajama"}));
}

TEST(QualityRules, defaults_are_those_of_the_language) {
  const Settings settings = settings_of("rules: [gopher]");
  EXPECT_EQ(settings.limits(rule("gopher.mean_word_length"), "en"), (Limits{3, 10}));
  EXPECT_EQ(settings.limits(rule("gopher.mean_word_length"), "de"), (Limits{0, 15}));
  EXPECT_EQ(settings.limits(rule("gopher.mean_word_length"), "pt"), (Limits{3, 10}));
  EXPECT_EQ(settings.limits(rule("fineweb.short_lines"), "fr"), Limits());
  EXPECT_EQ(settings.limits(rule("redpajama.words"), "fr"), (Limits{50, 100000}));
}

TEST(QualityRules, a_recipe_changes_limits_for_all_and_for_one_language) {
  const Settings settings = settings_of(
      "rules: [gopher, fineweb]\n"
      "any: {gopher.words: {min: 20}, fineweb.newlines: none}\n"
      "fr: {gopher.words: {max: 10}, gopher.stop_words: 1, fineweb.short_lines: 0.9}\n");
  EXPECT_EQ(settings.limits(rule("gopher.words"), "en"), (Limits{20, 100000}));
  EXPECT_EQ(settings.limits(rule("gopher.words"), "fr"), (Limits{20, 10}));
  EXPECT_EQ(settings.limits(rule("gopher.stop_words"), "fr").min, 1);
  EXPECT_EQ(settings.limits(rule("gopher.stop_words"), "en").min, 2);
  EXPECT_EQ(settings.limits(rule("fineweb.newlines"), "it"), Limits());
  EXPECT_EQ(settings.limits(rule("fineweb.short_lines"), "fr").max, 0.9);
}

TEST(QualityRules, typos_are_refused_with_the_nearest_name) {
  expect_error("rules: [gofer]", "'gofer'", "gopher");
  expect_error("rules: [gopher]\nfr: {gopher.word: 3}", "gopher.word'", "gopher.words");
  expect_error("rules: [gopher]\nbad_word: {}", "bad_word", "bad_words");
  expect_error("rules: [gopher]\nfr: {gopher.words: 3}", "two limits", "min");
  expect_error("rules: [gopher]\nfr: {gopher.words: {mni: 3}}", "mni", "min");
}

TEST(QualityRules, a_list_of_no_words_is_refused) {
  const fs::path path = fs::path(testing::TempDir()) / "no_words.txt";
  write_file_atomic(path, "\n --\n");
  EXPECT_THROW(settings_of("rules: [redpajama]\nbad_words: {fr: " + path.string() + "}"), Error);
}

}  // namespace
}  // namespace lucie::quality
