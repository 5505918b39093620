#include "corpus/asked_steps.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "corpus/filters.h"

namespace lucie {
namespace {

std::string prose(int sentences) {
  std::string text;
  for (int i = 0; i < sentences; ++i) {
    text += "The program number " + std::to_string(i) +
            " reads its configuration from a file in the home directory of the user.\n";
  }
  return text;
}

FilterSettings settings_of(const std::string& corpus) {
  FilterSettings settings;
  settings.min_characters = 20;
  settings.asked = AskedSteps::from_recipe(
      parse_yaml("sources:\n- {id: web, reader: warc}\n- {id: books, reader: jsonl}\n"
                 "- {id: pages, reader: jsonl, quality: web}\ncorpus: " +
                     corpus + "\n",
                 "recipe"));
  return settings;
}

Candidate filtered(const std::string& corpus, const std::string& source, const std::string& text,
                   const std::string& language = "en") {
  Candidate candidate;
  candidate.document.source = source;
  candidate.document.text = text;
  candidate.document.language = language;
  candidate.document.licence = "CC-BY-NC-4.0";
  candidate.document.url = "https://www.example.org/a";
  candidate.document.created = "1930-01-01";
  filter_alone(candidate, settings_of(corpus));
  return candidate;
}

TEST(AskedSteps, nothing_is_done_that_is_not_asked_for) {
  const Candidate candidate = filtered("{}", "web", "Write to a.b@web.de or call 212-664-7665.");
  EXPECT_TRUE(candidate.kept());
  EXPECT_TRUE(candidate.changes.entries().empty());
}

TEST(AskedSteps, quality_applies_to_the_web_and_names_rule_and_value) {
  const std::string corpus = "{quality: {rules: [gopher]}}";
  for (const char* source : {"web", "pages"}) {
    const Candidate candidate = filtered(corpus, source, prose(1));
    EXPECT_EQ(candidate.dropped_by, "quality");
    EXPECT_TRUE(candidate.reason.starts_with("gopher.")) << candidate.reason;
    EXPECT_FALSE(candidate.measured.empty());
    EXPECT_NE(verdict_line(candidate).find("\"measured\""), std::string::npos);
  }
  EXPECT_TRUE(filtered(corpus, "books", prose(1)).kept());
  EXPECT_TRUE(filtered(corpus, "web", prose(1), "code").kept());
}

TEST(AskedSteps, personal_data_are_replaced_and_counted) {
  const std::string corpus = "{personal_data: {replace: [email, phone]}}";
  const std::string text = "Write to a.b@web.de or call 212-664-7665, or c@web.de.";
  const Candidate candidate = filtered(corpus, "books", text);
  EXPECT_EQ(candidate.changes.of("replaced_email"), 2U);
  EXPECT_EQ(candidate.changes.of("replaced_phone"), 1U);
  EXPECT_EQ(candidate.document.text.find("web.de"), std::string::npos);
  EXPECT_EQ(filtered(corpus, "books", text, "code").document.text, text);
}

TEST(AskedSteps, licences_lists_and_dates_leave_documents_out) {
  EXPECT_EQ(filtered("{licences: {deny: ['*-NC-*']}}", "books", prose(3)).dropped_by, "licence");
  EXPECT_EQ(filtered("{public_domain: {year: 2025, sources: {books: {after_publication: 95}}}}",
                     "books", prose(3))
                .reason,
            "still in copyright");
  const fs::path list = fs::path(testing::TempDir()) / "asked_steps_hosts.txt";
  write_file_atomic(list, "example.org\n");
  const Candidate refused = filtered("{opt_out: [" + list.string() + "]}", "books", prose(3));
  EXPECT_EQ(refused.dropped_by, "opt_out");
  EXPECT_EQ(refused.reason, "asked_steps_hosts.txt");
}

TEST(AskedSteps, perplexity_and_known_words_are_those_of_the_languages_model) {
  const fs::path path = fs::path(testing::TempDir()) / "asked_steps.model";
  TextModelTrainer trainer("en");
  for (int i = 0; i < 40; ++i) trainer.add(prose(5));
  trainer.write(path);
  const std::string corpus =
      "{quality: {perplexity: {en: {model: " + path.string() + ", max: 1000, known_words: 0.5}}}}";
  EXPECT_TRUE(filtered(corpus, "web", prose(3)).kept());
  const Candidate noise = filtered(corpus, "web", "Tbe qrogrom nuwber rcads jts conhguratlon trom");
  EXPECT_EQ(noise.dropped_by, "perplexity");
  EXPECT_EQ(noise.reason, "perplexity");
  const Candidate unknown =
      filtered("{quality: {perplexity: {en: {model: " + path.string() + ", known_words: 0.5}}}}",
               "web", "Tbe qrogrom nuwber rcads jts conhguratlon trom");
  EXPECT_EQ(unknown.reason, "known words");
}

TEST(AskedSteps, a_perplexity_rule_fits_its_model) {
  const fs::path path = fs::path(testing::TempDir()) / "asked_steps_short.model";
  TextModelTrainer trainer("en");
  for (int i = 0; i < 19; ++i) trainer.add(prose(5));  // none is kept apart
  trainer.write(path);
  const auto refused = [&](const std::string& language, const std::string& more) {
    try {
      settings_of("{quality: {perplexity: {" + language + ": {model: " + path.string() + more +
                  "}}}}");
      return std::string("no");
    } catch (const Error& error) {
      return error.message();
    }
  };
  EXPECT_EQ(refused("en", ", max: 100"), "no");
  EXPECT_NE(refused("en", ", max: head").find("no head"), std::string::npos);
  EXPECT_NE(refused("en", ", max: middle").find("no middle"), std::string::npos);
  EXPECT_NE(refused("en", ", known_words: 80").find("known_words"), std::string::npos);
  EXPECT_NE(refused("fr", "").find("is one of en"), std::string::npos);
}

TEST(AskedSteps, a_fasttext_model_tells_languages_instead) {
  const std::string corpus =
      "{language_model: " +
      (fs::path(LUCIE_SOURCE_DIR) / "tests/golden/fasttext/softmax.bin").string() + "}";
  const std::string french = "le maison et de avec cette depuis le et que";
  EXPECT_EQ(filtered(corpus, "books", french, "").document.language, "fr");
  EXPECT_TRUE(filtered(corpus, "books", french, "fr").kept());
  const Candidate wrong = filtered(corpus, "books", french, "de");
  EXPECT_EQ(wrong.reason, "said de, looks fr");
  // Of a long text the first 64 KB count, also where the only space is near the beginning.
  std::string long_text = "der ";
  while (long_text.size() < 70000) long_text += "le\nmaison\net\navec\n";
  for (int i = 0; i < 20000; ++i) long_text += "und\nder\nvon\nmit\naus\n";
  EXPECT_EQ(filtered(corpus, "books", long_text, "").document.language, "fr");
}

TEST(AskedSteps, files_that_a_recipe_names_are_part_of_it) {
  const fs::path list = fs::path(testing::TempDir()) / "asked_steps_named.txt";
  const Json corpus = parse_yaml("opt_out: [" + list.string() + "]", "recipe");
  write_file_atomic(list, "a.org\n");
  const Json before = hashes_of_named_files(corpus);
  write_file_atomic(list, "b.org\n");
  EXPECT_NE(hashes_of_named_files(corpus), before);
  EXPECT_TRUE(hashes_of_named_files(parse_yaml("min_characters: 3", "recipe")).is_null());
}

TEST(AskedSteps, typos_are_refused) {
  EXPECT_THROW(settings_of("{quality: {rules: [gofer]}}"), Error);
  EXPECT_THROW(settings_of("{quality: {}}"), Error);
  EXPECT_THROW(settings_of("{language_score: 2}"), Error);
  EXPECT_THROW(settings_of("{public_domain: {year: 2025, sources: {boks: {after_death: 70}}}}"),
               Error);
  EXPECT_THROW(settings_of("{quality: {perplexity: {en: {modell: x}}}}"), Error);
  EXPECT_THROW(AskedSteps::from_recipe(
                   parse_yaml("sources: [{id: a, reader: warc, quality: wep}]", "recipe")),
               Error);
}

}  // namespace
}  // namespace lucie
