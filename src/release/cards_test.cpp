#include "release/cards.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "release/example_results.h"
#include "release/figures.h"
#include "release/run_report.h"
#include "report/markup.h"
#include "report/markup_check.h"

namespace lucie {

namespace {

constexpr const char* kHostile = "<script>alert('x')</script>\x1b[2J\n|`\xFF";

// Every text of a value replaced by a hostile one, keys included.
Json hostile(const Json& value) {
  if (value.is_string()) return kHostile;
  if (value.is_array()) {
    Json list = Json::array();
    for (const Json& item : value.items()) list.push_back(hostile(item));
    return list;
  }
  if (!value.is_object()) return value;
  Json object = Json::object();
  for (const auto& [key, member] : value.members()) object[key] = hostile(member);
  return object;
}

// Every number replaced by a text, every text by a number, lists by objects.
Json twisted(const Json& value) {
  if (value.is_number()) return "text";
  if (value.is_array()) return Json::object();
  if (!value.is_object()) return value;
  Json object = Json::object();
  for (const auto& [key, member] : value.members()) object[key] = twisted(member);
  return object;
}

void expect_screen_fits(const std::string& screen) {
  const auto lines = split(screen, '\n');
  EXPECT_LE(lines.size(), 41U);  // what follows the last line break is empty
  for (const std::string& line : lines) {
    EXPECT_LE(text_length(line), 100U) << line;
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
  }
}

TEST(ModelCard, begins_with_what_hugging_face_reads) {
  const std::string card = model_card(example_results());
  ASSERT_TRUE(card.starts_with("---\n"));
  const Json front = parse_yaml(card.substr(4, card.find("\n---\n") - 4), "card");
  EXPECT_EQ(front.at("license").as_string(), "apache-2.0");
  EXPECT_EQ(front.at("library_name").as_string(), "transformers");
  ASSERT_EQ(front.at("language").size(), 5U);  // code is no language
  EXPECT_EQ(front.at("language").at(std::size_t{1}).as_string(), "fr");
}

TEST(ModelCard, its_figures_are_those_of_the_results) {
  const std::string card = model_card(example_results());
  for (const char* figure : {"2.41 M", "15,812", "1.742", "1.930", "2.300", "+3.39 %", "41.2 %",
                             "6 min 19 s", "8.3 %", "To study training.", "GPL-2.0-or-later"}) {
    EXPECT_NE(card.find(figure), std::string::npos) << figure;
  }
  EXPECT_EQ(card.find(kNotMeasured), std::string::npos);
}

TEST(ModelCard, says_what_is_not_beaten) {
  const std::string card = model_card(example_results());
  EXPECT_NE(card.find("9.7 % below the byte 5-gram"), std::string::npos);
  EXPECT_NE(card.find("It does not beat the byte 5-gram on code."), std::string::npos);
}

TEST(ModelCard, folded_tables_are_headed_by_their_number_of_rows) {
  Json results = example_results();
  Json& licences = results["terms"]["corpus"]["licences"];
  while (licences.size() < 12) licences.push_back(licences.at(std::size_t{0}));
  Json& findings = results["terms"]["weights"]["findings"];
  while (findings.size() < 6) findings.push_back(parse_json(R"({"about": "a"})", "f"));
  const std::string card = model_card(results);
  EXPECT_NE(card.find("\nLicences and their duties (12):\n"), std::string::npos) << card;
  EXPECT_NE(card.find("\nWhat speaks against it (6):\n"), std::string::npos) << card;
}

TEST(ModelCard, a_missing_figure_is_stated) {
  Json results = example_results();
  results.erase("finetune");
  results["train"].erase("final_loss");
  const std::string card = model_card(results);
  EXPECT_NE(card.find("| last training loss, nats per token | not measured |"), std::string::npos);
  EXPECT_NE(card.find("| dialogues | not measured |"), std::string::npos);
}

TEST(ModelCard, licences_that_the_hub_does_not_know_become_other) {
  Json results = example_results();
  results["terms"]["weights"]["licence"] = "LicenseRef-mine";
  EXPECT_NE(model_card(results).find("license: other"), std::string::npos);
}

TEST(ModelCard, is_the_same_text_as_a_page_with_charts) {
  const Json results = example_results();
  const std::string page = model_card_html(results), card = model_card(results);
  for (const char* words :
       {"To study training.", "Licence of each part", "optimizer states", "GPL-2.0-or-later",
        "9.7 % below the byte 5-gram", "sha256sum -c", "Class III"}) {
    EXPECT_NE(page.find(words), std::string::npos) << words;
    EXPECT_NE(card.find(words), std::string::npos) << words;
  }
  for (const char* title : {"Training loss", "Languages", "Bits per byte on held-out text"}) {
    EXPECT_NE(page.find("class=\"chart-title\">" + std::string(title)), page.npos) << title;
  }
  EXPECT_EQ(card.find("<svg"), std::string::npos);
  EXPECT_NE(page.find("href=\"audit.html\""), std::string::npos);
}

TEST(ModelCard, tells_what_is_known_by_heart_and_that_nobody_measured_it) {
  Json results = example_results();
  EXPECT_NE(model_card(results).find("The longest span of its own texts that stands in the text: "
                                     "31 tokens, in 100 texts of 25,600 tokens."),
            std::string::npos);
  results.erase("generations");
  EXPECT_NE(model_card(results).find("Texts of its own making, left to itself: not measured"),
            std::string::npos);
  results["corpus"]["memorization"] = parse_json(
      R"({"by_source": {"persee": {"spans": 200, "reproduced": 3, "share": 0.015}}})", "m");
  EXPECT_NE(
      model_card(results).find("Of 200 spans of persee, the base model goes on with 3 by heart."),
      std::string::npos);
}

TEST(Pages, render_complete_results_well_formed_and_without_gaps) {
  const Json results = example_results();
  for (const std::string& page :
       {run_report(results), data_card_html(results), model_card_html(results)}) {
    EXPECT_EQ(markup_problem(page), "");
    EXPECT_EQ(page.find("No values were recorded"), std::string::npos);
    EXPECT_EQ(page.find(kNotMeasured), std::string::npos);
    EXPECT_NE(page.find("no legal advice"), std::string::npos);
  }
  EXPECT_EQ(run_report(results), run_report(results));
}

TEST(Pages, empty_results_give_pages_that_say_so) {
  for (const Json& results : {Json::object(), Json(), twisted(example_results())}) {
    for (const std::string& page :
         {run_report(results), data_card_html(results), model_card_html(results)}) {
      EXPECT_EQ(markup_problem(page), "");
      EXPECT_NE(page.find(kNotMeasured), std::string::npos);
      EXPECT_NE(page.find("No values were recorded"), std::string::npos);
    }
    EXPECT_NE(model_card(results).find(kNotMeasured), std::string::npos);
    expect_screen_fits(closing_screen(results, "runs/x", "recipes/tiny.yaml"));
  }
}

TEST(Pages, hostile_texts_are_shown_and_not_run) {
  const Json results = hostile(example_results());
  for (const std::string& page :
       {run_report(results), data_card_html(results), model_card_html(results)}) {
    EXPECT_EQ(markup_problem(page), "");
    EXPECT_NE(page.find("&lt;script&gt;"), std::string::npos);
  }
  const std::string card = model_card(results);
  EXPECT_EQ(card.substr(card.find("\n---\n")).find("<script"), std::string::npos);
  expect_screen_fits(closing_screen(results, "runs/x", "recipes/tiny.yaml"));
}

TEST(ClosingScreen, a_long_verdict_goes_on_in_the_next_line) {
  Json results = example_results();
  for (const char* language :
       {"occitan of the north", "occitan of the south", "galician", "sardinian"}) {
    results["eval"]["base"]["bits_per_byte"][language]["bits_per_byte"] = 1.9;
    results["baselines"][language]["byte_5gram"] = 0.5;
  }
  const std::string screen = closing_screen(results, "runs/tiny", "recipes/tiny.yaml");
  expect_screen_fits(screen);
  const std::size_t at = screen.find("  It does not beat the byte 5-gram on code");
  ASSERT_NE(at, std::string::npos) << screen;
  EXPECT_NE(screen.find("sardinian.\n", at), std::string::npos) << screen;
}

TEST(ClosingScreen, tells_all_it_must_on_one_screen) {
  const std::string screen = closing_screen(example_results(), "runs/tiny", "recipes/tiny.yaml");
  expect_screen_fits(screen);
  for (const char* words :
       {"lucie-example: 2.41 M parameters", "French", "6 min 19 s", "estimate: 7.5 W per thread",
        "15,812 documents", "GPL-2.0-or-later 52 %", "1.742", "1.930", "2.300", "La commande",
        "affiche le contenu", "Apache-2.0", "runs/tiny/report.html", "lucie chat runs/tiny",
        "lucie run recipes/tiny.yaml --data ~/texts --out runs/mine"}) {
    EXPECT_NE(screen.find(words), std::string::npos) << words << "\n" << screen;
  }
}

}  // namespace

}  // namespace lucie
