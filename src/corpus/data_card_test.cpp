#include "corpus/data_card.h"

#include <gtest/gtest.h>

#include "corpus/stats.h"

namespace lucie {
namespace {

Candidate kept(const char* source, const char* language, std::size_t letters) {
  Candidate candidate;
  candidate.document.source = source;
  candidate.document.language = language;
  candidate.document.licence = "MIT";
  candidate.document.text = std::string(letters, 'x');
  return candidate;
}

DataCardInput sample() {
  CorpusStats stats;
  stats.add(kept("help", "en", 300));
  stats.add(kept("help", "fr", 300));
  stats.add(kept("man", "fr", 400));
  Candidate dropped = kept("man", "fr", 0);
  dropped.bytes_read = 77;
  dropped.drop("language", "said fr, looks en");
  stats.add(dropped);
  DataCardInput input;
  input.name = "sample";
  input.description = "Made for a test.";
  input.corpus_stats = stats.to_json();
  input.sources = SourceRegistry::from_json(
      parse_yaml("- {id: help, package: office-help, category: office help, terms: copyleft}\n"
                 "- {id: man, package: manpages, category: manuals, terms: open}\n",
                 "recipe"));
  return input;
}

TEST(DataCard, figures_are_those_of_the_stages) {
  const DataCard card = make_data_card(sample());
  EXPECT_EQ(card.figures.at("total").at("bytes").as_int(), 1000);
  const Json& fr = card.figures.at("by_language").at(0);
  EXPECT_EQ(fr.at("name").as_string(), "fr");
  EXPECT_EQ(fr.at("documents").as_int(), 2);
  EXPECT_DOUBLE_EQ(fr.at("percent_of_bytes").as_double(), 70.0);
  EXPECT_EQ(card.figures.at("categories").at(0).at("name").as_string(), "office help");
  EXPECT_NE(card.markdown.find("office help 60.0 %, manuals 40.0 %"), std::string::npos);
  EXPECT_NE(card.markdown.find("said fr, looks en | 1 | 77"), std::string::npos);
  EXPECT_NE(card.markdown.find("| help | Debian package office-help | office help | copyleft |"),
            std::string::npos);
  EXPECT_NE(card.markdown.find("Made for a test."), std::string::npos);
}

TEST(DataCard, tokens_and_mixture_appear_once_they_are_known) {
  DataCardInput input = sample();
  EXPECT_EQ(make_data_card(input).markdown.find("## Mixture"), std::string::npos);
  const char* tally =
      R"({"documents":2,"tokens":123,"bytes":700,"words":9,"tokens_per_word":1.5,"bytes_per_token":3.25})";
  input.token_stats = parse_json(
      std::string(R"({"train":{"total":)") + tally + R"(,"by_language":{"fr":)" + tally + "}}}",
      "stats");
  GroupUse fr;
  fr.group = "fr";
  fr.weight = 0.32;
  fr.tokens = 123;
  fr.samples = 10;
  fr.epochs = 2.5;
  input.use = {fr};
  const DataCard card = make_data_card(input);
  EXPECT_EQ(card.figures.at("by_language").at(0).at("tokens").as_int(), 123);
  EXPECT_NE(card.markdown.find("| fr | 123 | 100.0 | 32.0 | 100.0 | 2.50 |"), std::string::npos);
  EXPECT_NE(card.markdown.find("| 1.50 | 3.25 |"), std::string::npos);
}

}  // namespace
}  // namespace lucie
