#include "release/openness.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "base/test_files.h"
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

TEST(Openness, a_licence_that_nobody_knows_and_a_misspelt_component_are_named) {
  const testing_base::Folder folder;
  const auto facts_of = [&](const std::string& text) {
    write_file_atomic(folder / "facts.yaml", text);
    return read_openness(folder / "facts.yaml");
  };
  const std::string head = "{format: lucie-release, version: 1, name: x, components: [{component: ";
  const auto facts = facts_of(head + "model-card, licence: Apache-2}]}");
  ASSERT_EQ(facts.findings.size(), 1U);
  EXPECT_EQ(facts.findings[0].source, "model-card");
  EXPECT_TRUE(audit_openness(facts).wanting());
  try {
    facts_of(head + "model-crad, licence: MIT}]}");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.hint().find("model-card"), std::string::npos);
  }
  for (const char* text : {"", "[1, 2]", "{a: b}", "{format: lucie-release, version: 2, name: x}",
                           "{framework: x, release: y}",
                           "{framework: {}, release: {name: x, "
                           "components: [{name: nonsense}]}}"}) {
    EXPECT_THROW(facts_of(text), Error) << text;
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
