#include "corpus/quality/judge.h"

#include <gtest/gtest.h>

#include "corpus/quality/line_filter.h"
#include "corpus/quality/repetition.h"

namespace lucie::quality {
namespace {

Settings settings_of(const std::string& json) {
  return Settings::from_json(parse_json(json, "test"));
}

Verdict judged(std::string text, const std::string& json, const std::string& language = "en") {
  return judge(text, language, settings_of(json));
}

TEST(QualityJudge, verdicts_are_those_of_datatrove_and_redpajama) {
  const Json cases = read_json(fs::path(LUCIE_SOURCE_DIR) / "tests/golden/quality.json");
  std::size_t checked = 0;
  for (const Json& golden : cases.items()) {
    for (const auto& [group, expected] : golden.at("verdicts").members()) {
      const Verdict verdict =
          judged(golden.at("text").as_string(), "{\"rules\": [\"" + group + "\"]}",
                 golden.at("language").as_string());
      EXPECT_EQ(verdict.kept() ? "kept" : verdict.broken->name, expected.as_string())
          << verdict.comparison() << "\n"
          << golden.at("text").as_string();
      ++checked;
    }
  }
  EXPECT_GT(checked, 90U);
}

TEST(QualityJudge, names_rule_value_and_limit) {
  const Verdict verdict = judged("Two words.", R"({"rules": ["gopher"], "any": {"gopher.top_2gram":
      "none", "gopher.top_3gram": "none"}})");
  ASSERT_FALSE(verdict.kept());
  EXPECT_EQ(verdict.broken->name, "gopher.words");
  EXPECT_EQ(verdict.comparison(), "2 < 50");
}

TEST(QualityJudge, groups_are_asked_in_the_recipes_order) {
  EXPECT_EQ(judged("Short {", R"({"rules": ["redpajama", "gopher"]})").broken->name,
            "redpajama.sentences");
  EXPECT_EQ(judged("Short {", R"({"rules": ["c4", "redpajama"]})").broken->name, "c4.sentences");
}

TEST(QualityJudge, c4_leaves_its_lines_to_the_groups_after_it) {
  std::string text =
      "Menu\nOne sentence stands here. And another one.\nThree more words here.\n"
      "A fourth line is this. The end of it.\nPlease enable javascript to read.";
  const Verdict verdict = judge(text, "en", settings_of(R"({"rules": ["c4", "fineweb"]})"));
  EXPECT_TRUE(verdict.kept()) << verdict.broken->name;
  EXPECT_EQ(verdict.lines_removed, 2U);
  EXPECT_EQ(text,
            "One sentence stands here. And another one.\nThree more words here.\n"
            "A fourth line is this. The end of it.");
}

TEST(LineFilter, takes_out_notes_and_lines_that_are_no_text) {
  const FilteredLines lines = filter_lines(
      "It is so.[12] Or[edit] not[citation needed].\nno mark at the end\nToo short.\n" +
          std::string(1001, 'x') + " is a long word.\nOur cookie policy is strict.\n",
      {});
  EXPECT_EQ(lines.text, "It is so. Or not.");
  EXPECT_EQ(lines.removed, 4U);
  EXPECT_EQ(lines.sentences, 2U);
  EXPECT_FALSE(lines.lorem_ipsum);
  EXPECT_EQ(filter_lines("An open [ bracket stays.", {}).text, "An open [ bracket stays.");
}

TEST(Repetition, running_form_steps_over_repeated_ngrams) {
  // "a b c d e f" twice: at the second "a" five words are stepped over, "f" is left.
  const std::string text = "a b c d e f a b c d e f";
  const TextScan scan = scan_text(text);
  const Repetition repetition = running_repetition(text, scan.words, scan.characters);
  EXPECT_DOUBLE_EQ(repetition.duplicate[0], 5.0 / 23);
  EXPECT_DOUBLE_EQ(repetition.duplicate[1], 6.0 / 23);
  EXPECT_DOUBLE_EQ(repetition.duplicate[2], 0);
  EXPECT_DOUBLE_EQ(repetition.top[0], 2 * 3.0 / 23);
}

TEST(Repetition, covered_form_counts_each_word_once) {
  const std::string text = "a b c d e f a b c d e f g";
  const TextScan scan = scan_text(text);
  const Repetition repetition = covered_repetition(text, scan.words);
  EXPECT_DOUBLE_EQ(repetition.duplicate[0], 12.0 / 13);
  EXPECT_DOUBLE_EQ(repetition.duplicate[2], 0);
  EXPECT_DOUBLE_EQ(repetition.top[0], 2 * 2.0 / 13);
  EXPECT_DOUBLE_EQ(covered_repetition("a b", std::span(scan.words).first(1)).top[0], 0);
}

TEST(TextScan, cuts_words_and_counts_symbols) {
  const TextScan scan = scan_text("L'\xC3\xA9t\xC3\xA9 #1... est-ce {\xE2\x80\xA6}? Oui!");
  std::vector<std::uint32_t> lengths;
  for (const Word& word : scan.words) lengths.push_back(word.characters);
  EXPECT_EQ(lengths, (std::vector<std::uint32_t>{1, 1, 3, 1, 1, 3, 3, 1, 2, 4, 3, 1}));
  EXPECT_EQ(scan.hashes, 1U);
  EXPECT_EQ(scan.ellipses, 2U);
  EXPECT_EQ(scan.curly_brackets, 2U);
  EXPECT_EQ(scan.sentences, 3U);
  EXPECT_EQ(scan.characters, 28U);
}

TEST(NormalizedText, loses_case_punctuation_and_composition) {
  const NormalizedText normal =
      normalize_for_comparison(" L'\xC3\x89T\xC3\xA9,  don\xE2\x80\x99t -\n\xE1\xBB\x86 ");
  EXPECT_EQ(normal.text, "le\xCC\x81te\xCC\x81 don\xE2\x80\x99t e\xCC\xA3\xCC\x82");
  ASSERT_EQ(normal.words.size(), 3U);
  EXPECT_EQ(normal.words[0].characters, 6U);
  EXPECT_TRUE(normalize_for_comparison("... --").words.empty());
}

TEST(WordList, finds_words_and_phrases_in_any_case) {
  WordList list;
  list.add(
      "b\xC3\xAA"
      "te");
  list.add("Mauvais mot");
  EXPECT_EQ(list.count_in(normalize_for_comparison("Une B\xC3\x8ATE, un mauvais  mot; mauvais.")),
            2U);
  EXPECT_EQ(list.count_in(normalize_for_comparison("betes")), 0U);
}

TEST(QualityJudge, survives_texts_of_no_words) {
  for (const char* text : {"", "...", "\xE2\x80\xA6", "{", "#", "a"}) {
    for (const char* group : {"gopher", "c4", "fineweb", "redpajama"}) {
      judged(text, std::string("{\"rules\": [\"") + group + "\"]}");
    }
  }
  EXPECT_FALSE(judged("", R"({"rules": ["gopher"]})").kept());
}

}  // namespace
}  // namespace lucie::quality
