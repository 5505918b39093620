#include "release/openness.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "release/openness_page.h"
#include "release/openness_reader.h"
#include "report/markup_check.h"

namespace lucie {

namespace {

const fs::path kReleases = fs::path(LUCIE_SOURCE_DIR) / "tests/releases";

OpennessAudit audit_of(const std::string& file) {
  return audit_openness(read_openness(kReleases / file));
}

const OpennessRow& row_of(const OpennessAudit& audit, std::string_view part,
                          std::string_view component) {
  const auto found = std::find_if(audit.rows.begin(), audit.rows.end(), [&](const auto& row) {
    return row.part == part && row.component == component;
  });
  if (found == audit.rows.end()) throw std::runtime_error("no row " + std::string(component));
  return *found;
}

fs::path write(const std::string& name, const std::string& text) {
  const fs::path path = fs::path(testing::TempDir()) / name;
  write_file_atomic(path, text);
  return path;
}

TEST(Openness, lucie_meets_the_definition_and_class_two_and_fails_one_by_its_data) {
  const OpennessAudit audit = audit_of("lucie-7b.yaml");
  EXPECT_EQ(audit.reached_class, 2);
  EXPECT_EQ(audit.open_source, Answer::kYes);
  EXPECT_FALSE(audit.wanting());
  EXPECT_EQ(row_of(audit, "MOF I", "Datasets").verdict, Verdict::kNotOpen);
  EXPECT_EQ(audit.reasons, std::vector<std::string>{"Class I: Datasets: not open "
                                                    "(CC-BY-NC-SA-4.0)"});
  EXPECT_EQ(row_of(audit, "MOF I", "Model parameters (Intermediate)").verdict, Verdict::kMet);
}

TEST(Openness, others_get_their_published_verdicts) {
  const struct {
    const char* file;
    int openness_class;
    Answer definition;
  } kCases[] = {{"pythia.yaml", 1, Answer::kYes},
                {"olmo-2.yaml", 1, Answer::kYes},
                {"amber.yaml", 0, Answer::kYes},
                {"crystalcoder.yaml", 0, Answer::kYes}};
  for (const auto& c : kCases) {
    const OpennessAudit audit = audit_of(c.file);
    EXPECT_EQ(audit.reached_class, c.openness_class) << c.file;
    EXPECT_EQ(audit.open_source, c.definition) << c.file;
    EXPECT_FALSE(audit.wanting()) << c.file;
  }
}

TEST(Openness, any_required_component_that_is_taken_away_lowers_the_verdict_by_name) {
  const OpennessFacts whole = read_openness(kReleases / "olmo-2.yaml");
  for (const OpennessComponent& asked : openness_components()) {
    for (const bool unlicensed : {false, true}) {
      OpennessFacts less = whole;
      std::erase_if(less.components, [&](Component& component) {
        if (component.name != asked.name) return false;
        component.licence.clear();
        return !unlicensed;
      });
      const OpennessAudit audit = audit_openness(less);
      if (!asked.required) {
        EXPECT_EQ(audit.reached_class, 1) << asked.name;
        continue;
      }
      // A research paper stands for the technical report.
      const bool replaced = asked.name == "technical-report";
      const int left = replaced ? 1 : asked.openness_class == 3 ? 0 : asked.openness_class + 1;
      EXPECT_EQ(audit.reached_class, left) << asked.name;
      EXPECT_EQ(audit.wanting(), !replaced) << asked.name;
      const bool named =
          std::any_of(audit.reasons.begin(), audit.reasons.end(), [&](const std::string& reason) {
            return reason.find(std::string(asked.title)) != std::string::npos;
          });
      EXPECT_EQ(named, !replaced) << asked.name;
    }
  }
}

TEST(Openness, every_requirement_of_the_definition_is_required) {
  const OpennessFacts whole = read_openness(kReleases / "olmo-2.yaml");
  for (const char* name :
       {"data-preprocessing-code", "training-code", "evaluation-code", "inference-code",
        "supporting-libraries", "model-architecture", "model-parameters"}) {
    OpennessFacts less = whole;
    std::erase_if(less.components, [&](const Component& c) { return c.name == name; });
    EXPECT_EQ(audit_openness(less).open_source, Answer::kNo) << name;
    less = whole;
    for (Component& component : less.components) {
      if (component.name == name) component.licence = "CC-BY-NC-4.0";
    }
    EXPECT_EQ(audit_openness(less).open_source, Answer::kNo) << name;
  }
  for (Statement OpennessFacts::*statement :
       {&OpennessFacts::data_described, &OpennessFacts::public_data_listed,
        &OpennessFacts::obtainable_data_listed}) {
    OpennessFacts less = whole;
    less.*statement = {Answer::kNo, ""};
    EXPECT_EQ(audit_openness(less).open_source, Answer::kNo);
    less.*statement = {};
    EXPECT_EQ(audit_openness(less).open_source, Answer::kNotTold);
  }
}

TEST(Openness, licences_are_open_by_what_others_approved) {
  for (const char* open :
       {"MIT", "Apache-1.0", "CC0-1.0", "CC-BY-2.5-AU", "CC-BY-SA-3.0", "ODbL-1.0", "GFDL-1.3-only",
        "CDLA-Permissive-2.0", "CDLA-Sharing-1.0", "PDDL-1.0", "OGL-UK-3.0", "OpenMDW-1.0", "SMLNJ",
        "GPL-2.0+", "MIT AND CC-BY-4.0", "CC-BY-NC-4.0 OR MIT"}) {
    EXPECT_TRUE(is_open_licence(open)) << open;
  }
  for (const char* closed : {"", "NOASSERTION", "Xfig", "zlib-acknowledgement", "CC-BY-NC-4.0",
                             "CC-BY-ND-4.0", "LicenseRef-OpenRAIL", "Llama 2", "Other license",
                             "MIT AND CC-BY-NC-4.0", "JSON", "SSPL-1.0", "BUSL-1.1"}) {
    EXPECT_FALSE(is_open_licence(closed)) << closed;
  }
}

// Records and results of the Model Openness Tool's own test data (lfai/model_openness_tool,
// Test_Data/expected_results.json), as lists of components.
struct ToolCase {
  const char *licences, *components;
  int openness_class;
  double progress[4];
};

TEST(Openness, agrees_with_the_model_openness_tool) {
  const char* const kAll =
      "Model architecture, Data preprocessing code, Training code, Inference code, Evaluation "
      "code, "
      "Supporting libraries and tools, Model parameters (Final), Model parameters (Intermediate), "
      "Datasets, Evaluation data, Model metadata, Sample model outputs, Model card, Data card, "
      "Technical report";
  const ToolCase kCases[] = {
      {"{distribution: {name: CC-BY-SA-4.0}, data: {name: CC0-1.0}}",
       "Datasets, Data card, Research paper",
       0,
       {0, 0, 0, 33.33333333333333}},
      {"{distribution: {name: AFL-3.0}, code: {name: Apache-1.0}, document: {name: CC-BY-SA-4.0}}",
       kAll,
       0,
       {0, 0, 0, 83.33333333333334}},
      {"{document: {name: CC0-1.0}}",
       "Model architecture=MIT, Training code=AFL-3.0, Inference code=NCSA, "
       "Evaluation code=ECL-1.0, Supporting libraries and tools=Apache-2.0, "
       "Model parameters (Final)=CC-BY-3.0-NL, Evaluation data=CC-BY-3.0-US, "
       "Model card=CC-BY-SA-3.0, Data card=CC-BY-4.0, Research paper=CC-BY-SA-3.0, "
       "Evaluation results=CC-BY-4.0",
       2,
       {0, 76.92307692307693, 100, 100}},
      {"{distribution: {name: CDLA-Permissive-2.0}, code: {name: ECL-2.0}}",
       "Model architecture=zlib-acknowledgement, Data preprocessing code=AFL-3.0, "
       "Training code=ECL-2.0, Evaluation code=UPL-1.0, Supporting libraries and tools=AFL-1.1, "
       "Model parameters (Final)=ODbL-1.0, Model parameters (Intermediate)=Xfig, "
       "Datasets=CC-BY-2.0, Evaluation data=CC-BY-SA-4.0, Model metadata=BSD-2-Clause, "
       "Sample model outputs=CC-BY-4.0, Model card=CC-BY-SA-3.0, Data card=SMLNJ, "
       "Technical report=CC0-1.0, Evaluation results=CC-BY-SA-4.0",
       0,
       {0, 0, 0, 83.33333333333334}},
      {"{}", "Model architecture=unlicensed, Model card", 0, {0, 0, 0, 0}}};
  for (const ToolCase& c : kCases) {
    std::string yaml =
        "framework: {name: Model Openness Framework, version: '1.0'}\nrelease:\n"
        "  name: test\n  date: '2025-01-01'\n  license: " +
        std::string(c.licences) + "\n  components:\n";
    std::string list = std::string(c.components) + ", ";
    for (std::size_t at = 0, end; (end = list.find(", ", at)) != std::string::npos; at = end + 2) {
      const std::string item = list.substr(at, end - at);
      const std::size_t equals = item.find('=');
      yaml += "    - {name: '" + item.substr(0, equals) + "'" +
              (equals == std::string::npos ? "" : ", license: '" + item.substr(equals + 1) + "'") +
              "}\n";
    }
    const OpennessAudit audit = audit_openness(read_openness(write("tool.yaml", yaml)));
    EXPECT_EQ(audit.reached_class, c.openness_class) << c.components;
    for (std::size_t i = 1; i <= 3; ++i) {
      EXPECT_NEAR(audit.progress[i], c.progress[i], 1e-9) << c.components << " class " << i;
    }
    EXPECT_NE(audit.open_source, Answer::kYes);
  }
}

TEST(Openness, reads_older_records_of_the_tool) {
  const auto facts = read_openness(write("older.yml", R"(
framework: {name: 'Model Openness Framework', version: '1.0', date: '2024-12-15'}
release:
  name: Amber
  date: '2024-10-03'
  components:
    - {name: 'Model architecture', description: x, location: '', license_name: Apache-2.0}
    - {name: Datasets, description: x, location: '', license_name: 'License not specified'}
    - {name: 'Model metadata', description: x, location: '', license_name: 'Component not included'}
)"));
  ASSERT_EQ(facts.components.size(), 2U);
  EXPECT_EQ(facts.components[0].licence, "Apache-2.0");
  EXPECT_EQ(facts.components[1].licence, "");
}

TEST(Openness, a_licence_that_nobody_knows_and_a_misspelt_component_are_named) {
  const std::string head = "{format: lucie-release, version: 1, name: x, components: [{component: ";
  const auto facts = read_openness(write("typo.yaml", head + "model-card, licence: Apache-2}]}"));
  ASSERT_EQ(facts.findings.size(), 1U);
  EXPECT_EQ(facts.findings[0].source, "model-card");
  EXPECT_TRUE(audit_openness(facts).wanting());
  try {
    read_openness(write("typo.yaml", head + "model-crad, licence: MIT}]}"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.hint().find("model-card"), std::string::npos);
  }
  for (const char* text : {"", "[1, 2]", "{a: b}", "{format: lucie-release, version: 2, name: x}",
                           "{framework: x, release: y}",
                           "{framework: {}, release: {name: x, "
                           "components: [{name: nonsense}]}}"}) {
    EXPECT_THROW(read_openness(write("bad.yaml", text)), Error) << text;
  }
}

TEST(Openness, what_is_declared_is_checked) {
  OpennessFacts facts = read_openness(kReleases / "lucie-7b.yaml");
  const auto wanting = [&](int declared, bool open_source) {
    facts.declared_class = declared;
    facts.declared_open_source = open_source;
    return audit_openness(facts).wanting();
  };
  EXPECT_TRUE(wanting(1, false));
  EXPECT_FALSE(wanting(2, true));
  EXPECT_FALSE(wanting(3, false));
  EXPECT_FALSE(wanting(0, false));
  facts.data_described = {Answer::kNo, ""};
  EXPECT_TRUE(wanting(2, true));
  facts.components.clear();
  EXPECT_TRUE(wanting(3, false));
}

TEST(Openness, the_page_shows_badges_reasons_and_every_component) {
  const OpennessAudit audit = audit_of("lucie-7b.yaml");
  const std::string html = openness_html(audit);
  EXPECT_EQ(markup_problem(html), "");
  for (const OpennessRow& row : audit.rows) {
    EXPECT_NE(html.find(row.component), std::string::npos) << row.component;
  }
  for (const std::string& text : {html, openness_text(audit)}) {
    EXPECT_NE(text.find("Class II - Open Tooling"), std::string::npos);
    EXPECT_NE(text.find("not open (CC-BY-NC-SA-4.0)"), std::string::npos);
    EXPECT_NE(text.find("no legal advice"), std::string::npos);
  }
  EXPECT_EQ(audit.to_json().at("class").as_int(), 2);
}

}  // namespace

}  // namespace lucie
