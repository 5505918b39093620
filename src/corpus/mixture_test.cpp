#include "corpus/mixture.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace lucie {
namespace {

Mixture mixture(const std::string& yaml) {
  return Mixture::from_json(parse_yaml(yaml, "recipe.yaml"));
}

SourceRegistry registry(bool all_languages_stated) {
  const std::string french = all_languages_stated ? ", language: fr" : "";
  return SourceRegistry::from_json(
      parse_yaml("- {id: wikipedia-en, category: wiki, language: en, terms: open}\n"
                 "- {id: books, category: book, terms: open" +
                     french +
                     "}\n"
                     "- {id: pairs, category: aligned, language: en-fr, terms: open}\n",
                 "recipe.yaml"));
}

// The error's message and hint.
std::string refusal(const std::string& yaml, bool all_languages_stated = true) {
  try {
    mixture(yaml).check_names(registry(all_languages_stated));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(error.place().find("recipe.yaml:"), std::string::npos) << error.place();
    return error.message() + " | " + error.hint();
  }
  return "";
}

TEST(Mixture, names_that_no_source_can_give_are_refused_with_the_nearest) {
  EXPECT_EQ(refusal("source: {wikipedia-em: 1}"),
            "the mixture names an unknown source 'wikipedia-em' | did you mean 'wikipedia-en'?");
  EXPECT_EQ(refusal("category: {wikis: 1}"),
            "the mixture names an unknown category 'wikis' | did you mean 'wiki'?");
  EXPECT_EQ(refusal("epochs: [{category: [wiki, boook], times: 2}]"),
            "the mixture names an unknown category 'boook' | did you mean 'book'?");
  EXPECT_EQ(refusal("epochs: [{language: it, times: 2}]"),
            "the mixture names an unknown language 'it' | known: aligned, en, fr");
  EXPECT_EQ(refusal("epochs: [{source: ted, times: 2}]"),
            "the mixture names an unknown source 'ted' | known: books, pairs, wikipedia-en");
  EXPECT_EQ(refusal("language: {en-fr: 1}"),
            "the mixture names an unknown language 'en-fr' | known: aligned, en, fr");
  EXPECT_EQ(refusal("{language: {en: 1, aligned: 1}, category: {wiki: 1}, source: {books: 1}}"),
            "");
}

TEST(Mixture, where_a_source_states_no_language_any_code_may_come_of_it) {
  EXPECT_EQ(refusal("language: {it: 1, code: 1, aligned: 1}", false), "");
  EXPECT_EQ(refusal("language: {alined: 1}", false),
            "the mixture names an unknown language 'alined' | did you mean 'aligned'?");
  EXPECT_NE(refusal("language: {en-fr: 1}", false), "") << "pairs are 'aligned'";
}

TEST(Mixture, unknown_keys_are_refused_with_the_nearest) {
  EXPECT_EQ(refusal("languages: {en: 1}"),
            "unknown key 'mixture.languages' | did you mean 'language'?");
  EXPECT_EQ(refusal("epochs: [{time: 1}]"),
            "unknown key 'mixture.epochs.time' | did you mean 'times'?");
  EXPECT_EQ(refusal("long_documents: {above: 1, weight: 1}"),
            "unknown key 'mixture.long_documents.above' | known keys: over, weight");
}

TEST(Mixture, what_makes_no_sense_is_refused) {
  for (const char* yaml : {"languages: {en: 1}", "language: {en: -1}", "language: {en: many}",
                           "temperature: 0", "{temperature: 2, language: {en: 1}}", "max_epochs: 0",
                           "epochs: [{times: -1}]", "epochs: [{source: a}]",
                           "epochs: [{sources: a, times: 1}]", "epochs: [{since: 99, times: 1}]",
                           "order: newest-first", "long_documents: {over: 0, weight: 2}",
                           "long_documents: {over: 10}", "long_documents: {over: 10, weight: -2}",
                           "dates: {199: 1}", "dates: {later: 1}", "dates: {2020: -1}"}) {
    EXPECT_THROW(mixture(yaml), Error) << yaml;
  }
}

TEST(Mixture, groups_are_as_fine_as_it_needs) {
  const auto grouping = [](const std::string& yaml) {
    Grouping needed;
    mixture(yaml).refine(&needed);
    return needed.to_json().dump();
  };
  EXPECT_EQ(grouping("language: {en: 1}"), "{}");
  EXPECT_EQ(grouping("{temperature: 2, max_epochs: 3, epochs: [{language: en, times: 2}]}"), "{}");
  EXPECT_EQ(grouping("source: {books: 1}"), R"({"source":true})");
  EXPECT_EQ(grouping("category: {book: 1}"), R"({"source":true})");
  EXPECT_EQ(grouping("epochs: [{category: book, times: 2}]"), R"({"source":true})");
  EXPECT_EQ(grouping("dates: {2020: 2}"), R"({"years":["2020"]})");
  EXPECT_EQ(grouping("dates: {undated: 2}"), R"({"years":["0000"]})");
  EXPECT_EQ(grouping("epochs: [{since: 2019, before: 2023, times: 2}]"),
            R"({"years":["2019","2023"]})");
  EXPECT_EQ(grouping("order: oldest-first"), R"({"year":true})");
  EXPECT_EQ(grouping("long_documents: {over: 4096, weight: 10}"), R"({"longer_than":[4096]})");
}

TEST(Mixture, a_date_counts_from_its_year_to_the_next) {
  const Mixture dated = mixture("dates: {2010: 2, 2020: 5, earlier: 0.5, undated: 3}");
  EXPECT_EQ(dated.date_weight("1999"), 0.5);
  EXPECT_EQ(dated.date_weight("earlier"), 0.5);
  EXPECT_EQ(dated.date_weight("2010"), 2);
  EXPECT_EQ(dated.date_weight("2019"), 2);
  EXPECT_EQ(dated.date_weight("2024"), 5);
  EXPECT_EQ(dated.date_weight("undated"), 3);
  EXPECT_EQ(mixture("dates: {2010: 2}").date_weight("2009"), 1);
  EXPECT_EQ(mixture("dates: {2010: 2}").date_weight("undated"), 1);
}

TEST(MixtureOfPhase, replaces_key_by_key_and_shares_together) {
  const Json recipe =
      parse_yaml("{language: {en: 1}, max_epochs: 4, epochs: [{language: en, times: 2}]}", "r");
  const auto phase = [&](const char* yaml) {
    return mixture_of_phase(recipe, parse_yaml(yaml, "p")).dump();
  };
  EXPECT_EQ(mixture_of_phase(recipe, Json()).dump(), recipe.dump());
  EXPECT_EQ(phase("{max_epochs: null}"),
            R"({"language":{"en":1},"max_epochs":null,"epochs":[{"language":"en","times":2}]})");
  EXPECT_EQ(phase("{source: {books: 1}}"),
            R"({"max_epochs":4,"epochs":[{"language":"en","times":2}],"source":{"books":1}})");
  EXPECT_EQ(
      phase("{epochs: [{times: 1}]}"),
      R"({"language":{"en":1},"max_epochs":4,"epochs":[{"language":"en","times":2},{"times":1}]})");
  EXPECT_EQ(phase("{epochs: null}"), R"({"language":{"en":1},"max_epochs":4,"epochs":null})");
  EXPECT_EQ(mixture_of_phase(Json(), parse_yaml("{source: {books: 1}}", "p")).dump(),
            R"({"source":{"books":1}})");
}

}  // namespace
}  // namespace lucie
