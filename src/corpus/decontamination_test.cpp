#include "corpus/decontamination.h"

#include <gtest/gtest.h>

#include "base/test_files.h"

namespace lucie {
namespace {

using testing_base::error_of;
using testing_base::Folder;

// Numbered words: "w1 w2 ..." would all be the same, since numbers are.
std::string words(int first, int count) {
  std::string text;
  for (int i = first; i < first + count; ++i) {
    text += "x";
    for (int n = i; n > 0; n /= 26) text += static_cast<char>('a' + n % 26);
    text += ' ';
  }
  return text;
}

class Decontamination : public ::testing::Test {
 protected:
  DecontaminationSettings settings_of(const std::string& lines, int ngram = 5) {
    write_file_atomic(folder_ / "set.jsonl", lines);
    DecontaminationSettings settings;
    settings.sets.push_back({"quiz", "set.jsonl", {}});
    settings.ngram = ngram;
    return settings;
  }
  const Folder folder_;
};

TEST_F(Decontamination, finds_words_in_a_row_whatever_their_case_and_punctuation) {
  const EvaluationIndex index(
      settings_of(R"({"id": 1, "question": "How many legs has a spider?", "choices": ["6", "8"]})"
                  "\n"
                  R"({"question": "Too short", "choices": ["one two three four five", "b"]})"
                  "\n"),
      folder_.path());
  const Contamination one = index.find("They asked: HOW MANY - legs has\na Spider, and I knew.");
  EXPECT_EQ(one.hits, (std::vector<Contamination::Hit>{{0, 0}}));
  ASSERT_EQ(one.spans.size(), 1U);
  EXPECT_EQ(one.without_spans("They asked: HOW MANY - legs has\na Spider, and I knew."),
            "They asked: and I knew.");
  EXPECT_TRUE(index.find("one, two, three, four, five").found());
  EXPECT_FALSE(index.find("How many legs has the spider?").found());
  EXPECT_FALSE(index.find("").found());
  EXPECT_EQ(index.name_of(one.hits[0]), "quiz");
}

TEST_F(Decontamination, looks_at_the_fields_named) {
  DecontaminationSettings settings =
      settings_of(R"({"a": "one two three four five", "b": {"c": ["six seven eight nine ten"]}})");
  settings.sets[0].fields = {"b"};
  const EvaluationIndex index(settings, folder_.path());
  EXPECT_FALSE(index.find("one two three four five").found());
  EXPECT_TRUE(index.find("six seven eight nine ten").found());
  settings.sets[0].fields = {"text"};
  const Error error = error_of([&] { EvaluationIndex(settings, folder_.path()); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_NE(error.place().find("set.jsonl:1"), std::string::npos);
  settings.sets[0].path = "none";
  EXPECT_EQ(error_of([&] { EvaluationIndex(settings, folder_.path()); }).code(),
            ErrorCode::kNotFound);
}

TEST_F(Decontamination, spans_are_found_over_all_of_a_long_text) {
  const std::string secret = words(1'000'000, 20);
  const EvaluationIndex index(settings_of("{\"t\": \"" + secret + "\"}", 13), folder_.path());
  std::string text, clean;
  for (int part = 0; part < 10; ++part) {
    const std::string prose = words(1 + part * 3000, 3000);  // 16 kB: cut inside and between
    text += prose + secret;
    clean += prose;
  }
  const Contamination found = index.find(text);
  EXPECT_EQ(found.spans.size(), 10U);
  EXPECT_EQ(found.without_spans(text), clean);
}

TEST_F(Decontamination, reports_by_set_and_document) {
  DecontaminationSettings settings = settings_of("{\"t\": \"" + words(1, 9) + "\"}\n{\"t\": \"" +
                                                 words(50, 9) + "\"}\n{\"t\": \"short\"}\n");
  write_file_atomic(folder_ / "other.jsonl", "{\"t\": \"" + words(1, 9) + "\"}\n");
  settings.sets.push_back({"other", "other.jsonl", {}});
  const EvaluationIndex index(settings, folder_.path());
  const Json report = index.report({EvaluationIndex::record("d1", index.find(words(1, 9))),
                                    EvaluationIndex::record("d2", index.find(words(52, 6)))});
  const Json& quiz = report.at("sets").at("quiz");
  EXPECT_EQ(quiz.at("items").as_int(), 3);
  EXPECT_EQ(quiz.at("too_short").as_int(), 1);
  EXPECT_EQ(quiz.at("found").as_int(), 2);
  EXPECT_EQ(quiz.at("documents").as_int(), 2);
  EXPECT_EQ(report.at("sets").at("other").at("documents").as_int(), 1);
  EXPECT_EQ(report.at("documents").at(0).dump(),
            R"({"document":"d1","items":{"quiz":[0],"other":[0]}})");
  EXPECT_EQ(report.at("documents").at(1).dump(), R"({"document":"d2","items":{"quiz":[1]}})");
}

TEST(DecontaminationSettings, are_read_and_checked) {
  const auto read = [](std::string_view text) {
    return DecontaminationSettings::from_json(parse_json(text, "recipe"));
  };
  const DecontaminationSettings list =
      read(R"([{"name": "mmlu", "path": "mmlu.jsonl", "fields": ["question"]}])");
  ASSERT_EQ(list.sets.size(), 1U);
  EXPECT_EQ(list.sets[0].fields, (std::vector<std::string>{"question"}));
  EXPECT_EQ(list.ngram, 13);
  EXPECT_FALSE(list.spans);
  const DecontaminationSettings full =
      read(R"({"sets": [{"name": "a", "path": "b"}], "ngram": 8, "remove": "span"})");
  EXPECT_EQ(full.ngram, 8);
  EXPECT_TRUE(full.spans);
  for (const char* wrong :
       {R"([{"name": "a"}])", R"([{"name": "a", "path": "b", "field": "c"}])",
        R"({"sets": [], "ngram": 0})", R"({"sets": [], "remove": "all"})", R"({"ngram": 8})"}) {
    EXPECT_EQ(error_of([&] { read(wrong); }).code(), ErrorCode::kInvalidArgument) << wrong;
  }
}

}  // namespace
}  // namespace lucie
