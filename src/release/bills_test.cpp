#include <gtest/gtest.h>

#include "release/cyclonedx.h"
#include "release/european_union.h"
#include "release/example_results.h"
#include "release/footprint.h"
#include "report/shown.h"

namespace lucie {
namespace {

SourceRegistry example_sources() {
  return SourceRegistry::from_json(parse_yaml(example_recipe_text(), "recipe.yaml").at("sources"));
}

std::string shown(const Outline& outline) {
  Markdown text;
  outline.add_to(&text);
  return text.str();
}

bool has(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

TEST(Footprint, follows_from_what_was_measured_and_declared) {
  Json results = parse_json(R"({"model": {"parameters": 1000}, "train": {"tokens": 5000},
    "finetune": {"tokens": 1000}, "timing": {"total_seconds": 1800},
    "energy": {"joules": 7.2e6, "measured": true}})",
                            "results");
  const Json release = parse_yaml(
      "{grid: {gco2e_per_kwh: 40, source: RTE}, cost: {per_kwh: 0.25, per_hour: 3, currency: EUR}}",
      "recipe");
  const Json made = footprint(results, release);
  EXPECT_DOUBLE_EQ(made.at("flop").as_double(), 6.0 * 1000 * 6000);
  EXPECT_DOUBLE_EQ(made.at("kwh").as_double(), 2);
  EXPECT_DOUBLE_EQ(made.at("joules_per_token").as_double(), 1200);
  EXPECT_DOUBLE_EQ(made.at("gco2e").as_double(), 80);
  EXPECT_DOUBLE_EQ(made.at("cost").as_double(), 0.5 + 1.5);
  results["footprint"] = made;
  const Table table = footprint_table(results);
  EXPECT_EQ(table.rows[0][1], "3.6e+07 FLOP");
  EXPECT_EQ(table.rows[3][1], "80 g CO2e (declared: 40 g a kWh, RTE)");
  EXPECT_EQ(table.rows[4][1], "2 EUR");
}

TEST(Footprint, is_not_guessed_where_a_figure_is_missing) {
  Json results = parse_json(R"({"model": {"parameters": 1000}, "train": {"tokens": 5000}})", "r");
  results["footprint"] = footprint(results, Json::object());
  EXPECT_EQ(results.at("footprint").size(), 1u) << "compute alone";
  const Table table = footprint_table(results);
  for (std::size_t i = 1; i < table.rows.size(); ++i) EXPECT_EQ(table.rows[i][1], kNotMeasured);
  results.erase("model");
  EXPECT_EQ(footprint(results, Json::object()).size(), 0u);
}

TEST(TrainingContentSummary, has_the_sections_of_the_template_and_says_what_is_not_stated) {
  Json results = example_results();
  const std::string page = shown(training_content_summary(results, example_sources()));
  for (const char* section :
       {"## 1. ", "### 1.1 ", "### 1.2 ", "### 1.3 ", "## 2. ", "### 2.1 ", "### 2.2 ", "### 2.3 ",
        "### 2.4 ", "### 2.5 ", "### 2.6 ", "## 3. ", "### 3.1 ", "### 3.2 ", "### 3.3 "}) {
    EXPECT_TRUE(has(page, section)) << section;
  }
  EXPECT_TRUE(has(page, "less than 1 billion tokens"));
  EXPECT_TRUE(has(page, "| provider | not stated |")) << page;
  results["release"]["provider"]["name"] = "Somebody";
  results["corpus"]["total"]["tokens"] = 2e9;
  const std::string more = shown(training_content_summary(results, example_sources()));
  EXPECT_TRUE(has(more, "| provider | Somebody |"));
  EXPECT_TRUE(has(more, "1 billion to 10 trillion tokens"));
}

TEST(TrainingContentSummary, puts_each_source_where_the_template_asks_for_it) {
  const SourceRegistry sources = SourceRegistry::from_json(parse_yaml(R"(
- {id: books, reader: text, terms: open, obtained: a library, dates: 1850/2021}
- {id: press, reader: text, terms: under-negotiation, dates: 2019}
- {id: web, reader: warc, terms: open, obtained: an archive}
)",
                                                                      "recipe.yaml"));
  const std::string page = shown(training_content_summary(example_results(), sources));
  const auto at = [&](const char* words) { return page.find(words); };
  EXPECT_LT(at("### 2.1"), at("| books |"));
  EXPECT_LT(at("| books |"), at("### 2.2"));
  EXPECT_LT(at("### 2.2"), at("| press |"));
  EXPECT_LT(at("| press |"), at("### 2.3"));
  EXPECT_LT(at("### 2.3"), at("| web |"));
  EXPECT_LT(at("| web |"), at("### 2.4"));
  EXPECT_TRUE(has(page, "| latest date of a source | 2021 |")) << page;
  const std::string policy = shown(copyright_policy(example_results(), sources));
  for (const char* id : {"books", "press", "web"}) EXPECT_TRUE(has(policy, id)) << id;
}

TEST(CycloneDx, names_the_model_its_sources_and_its_files) {
  const Json hashes = parse_json(R"({"base/model.safetensors": "abc"})", "hashes");
  const Json bill = cyclonedx_bill(example_results(), example_sources(), hashes, "lucie.cpp 0.1.0");
  EXPECT_EQ(bill.at("specVersion").as_string(), "1.6");
  const Json& model = bill.at("metadata").at("component");
  EXPECT_EQ(model.at("licenses").at(0).at("expression").as_string(), "Apache-2.0");
  EXPECT_EQ(model.at("modelCard").at("quantitativeAnalysis").at("performanceMetrics").size(), 7u);
  ASSERT_EQ(bill.at("components").size(), 3u);
  EXPECT_EQ(bill.at("components").at(0).at("bom-ref").as_string(), "source/manpages-fr");
  EXPECT_EQ(bill.at("components").at(2).at("hashes").at(0).at("content").as_string(), "abc");
  EXPECT_EQ(bill.at("metadata").at("tools").at("components").at(0).at("version").as_string(),
            "0.1.0");
  const Json again =
      cyclonedx_bill(example_results(), example_sources(), hashes, "lucie.cpp 0.1.0");
  EXPECT_EQ(again.dump(), bill.dump());
  const std::string serial = bill.at("serialNumber").as_string();
  EXPECT_EQ(serial.size(), std::string("urn:uuid:").size() + 36);
  const Json other = cyclonedx_bill(example_results(), example_sources(), Json::object(), "x");
  EXPECT_NE(other.at("serialNumber").as_string(), serial);
}

}  // namespace
}  // namespace lucie
