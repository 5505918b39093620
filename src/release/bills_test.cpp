#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "release/bills.h"
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

BillInput example_bill(const Json& hashes) {
  static const Json results = example_results();
  static const SourceRegistry sources = example_sources();
  return {results, sources, hashes, "lucie.cpp 0.1.0"};
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
  const Json bill = cyclonedx_bill(example_bill(hashes));
  EXPECT_EQ(bill.at("specVersion").as_string(), "1.6");
  const Json& model = bill.at("metadata").at("component");
  EXPECT_EQ(model.at("licenses").at(0).at("expression").as_string(), "Apache-2.0");
  EXPECT_EQ(model.at("modelCard").at("quantitativeAnalysis").at("performanceMetrics").size(), 7u);
  ASSERT_EQ(bill.at("components").size(), 3u);
  EXPECT_EQ(bill.at("components").at(0).at("bom-ref").as_string(), "source/manpages-fr");
  EXPECT_EQ(bill.at("components").at(2).at("hashes").at(0).at("content").as_string(), "abc");
  EXPECT_EQ(bill.at("metadata").at("tools").at("components").at(0).at("version").as_string(),
            "0.1.0");
  const Json again = cyclonedx_bill(example_bill(hashes));
  EXPECT_EQ(again.dump(), bill.dump());
  const std::string serial = bill.at("serialNumber").as_string();
  EXPECT_EQ(serial.size(), std::string("urn:uuid:").size() + 36);
  const Json nothing = Json::object();
  const Json other = cyclonedx_bill(example_bill(nothing));
  EXPECT_NE(other.at("serialNumber").as_string(), serial);
}

// Elements by type; every reference leads to one of them.
std::map<std::string, std::vector<Json>> elements_of(const Json& bill) {
  std::map<std::string, std::vector<Json>> by_type;
  std::set<std::string> ids;
  for (const Json& element : bill.at("@graph").items()) {
    by_type[element.at("type").as_string()].push_back(element);
    if (const Json* id = element.find("spdxId")) {
      EXPECT_TRUE(ids.insert(id->as_string()).second) << id->as_string() << " stands twice";
      EXPECT_EQ(element.at("creationInfo").as_string(), "_:creation");
    }
  }
  for (const Json& relation : by_type["Relationship"]) {
    EXPECT_TRUE(ids.contains(relation.at("from").as_string()));
    for (const Json& to : relation.at("to").items()) EXPECT_TRUE(ids.contains(to.as_string()));
  }
  return by_type;
}

std::size_t relations(const std::vector<Json>& all, const std::string& type) {
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const Json& relation) {
    return relation.at("relationshipType").as_string() == type;
  }));
}

TEST(Spdx, describes_model_sources_and_files_and_how_they_hang_together) {
  const Json hashes = parse_json(R"({"base/model.safetensors": "abc"})", "hashes");
  const Json bill = spdx_bill(example_bill(hashes));
  EXPECT_EQ(bill.at("@context").as_string(), "https://spdx.org/rdf/3.0.1/spdx-context.jsonld");
  auto elements = elements_of(bill);
  ASSERT_EQ(elements["ai_AIPackage"].size(), 1u);
  const Json& model = elements["ai_AIPackage"].front();
  EXPECT_EQ(model.at("ai_limitation").as_string(), "It knows nothing.");
  EXPECT_EQ(model.at("ai_metric").size(), 7u);
  EXPECT_EQ(model.find("releaseTime"), nullptr) << "no date was declared";
  ASSERT_EQ(elements["dataset_DatasetPackage"].size(), 2u);
  EXPECT_EQ(elements["dataset_DatasetPackage"][0].at("name").as_string(), "manpages-fr");
  ASSERT_EQ(elements["software_File"].size(), 1u);
  EXPECT_EQ(elements["software_File"][0].at("verifiedUsing").at(0).at("hashValue").as_string(),
            "abc");
  const std::vector<Json>& all = elements["Relationship"];
  EXPECT_EQ(relations(all, "trainedOn"), 1u);
  EXPECT_EQ(relations(all, "contains"), 1u);
  // The profiles ask for exactly one of each, of the model and of every data set.
  EXPECT_EQ(relations(all, "hasDeclaredLicense"), 3u);
  EXPECT_EQ(relations(all, "hasConcludedLicense"), 3u);
  std::set<std::string> licences;
  for (const Json& licence : elements["simplelicensing_LicenseExpression"]) {
    licences.insert(licence.at("simplelicensing_licenseExpression").as_string());
  }
  EXPECT_EQ(licences, (std::set<std::string>{"Apache-2.0", "NOASSERTION", "MPL-2.0",
                                             "(GPL-2.0-or-later) AND (MIT)"}));
}

TEST(Spdx, has_the_date_version_and_provider_of_the_recipe_and_no_clock) {
  const Json hashes = Json::object();
  BillInput input = example_bill(hashes);
  EXPECT_EQ(spdx_bill(input).dump(), spdx_bill(input).dump());
  auto elements = elements_of(spdx_bill(input));
  EXPECT_EQ(elements["CreationInfo"][0].at("created").as_string(), "1970-01-01T00:00:00Z");
  EXPECT_EQ(elements["Organization"].size(), 0u);
  Json results = example_results();
  results["release"]["date"] = "2026-11-28";
  results["release"]["version"] = "1.0";
  results["release"]["url"] = "https://example.org/model";
  results["release"]["provider"]["name"] = "Somebody";
  const BillInput stated{results, input.sources, hashes, input.program};
  EXPECT_NE(elements["SpdxDocument"][0].at("spdxId"),
            elements_of(spdx_bill(stated))["SpdxDocument"][0].at("spdxId"));
  elements = elements_of(spdx_bill(stated));
  EXPECT_EQ(elements["CreationInfo"][0].at("created").as_string(), "2026-11-28T00:00:00Z");
  const Json& model = elements["ai_AIPackage"].front();
  EXPECT_EQ(model.at("releaseTime").as_string(), "2026-11-28T00:00:00Z");
  EXPECT_EQ(model.at("software_packageVersion").as_string(), "1.0");
  EXPECT_EQ(model.at("software_downloadLocation").as_string(), "https://example.org/model");
  EXPECT_EQ(model.at("suppliedBy"), elements["Organization"][0].at("spdxId"));
}

}  // namespace
}  // namespace lucie
