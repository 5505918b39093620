// Records of the Model Openness Tool, against what it makes of them itself.
#include <gtest/gtest.h>

#include "base/test_files.h"
#include "release/openness_reader.h"

namespace lucie {

namespace {

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
       {0, 0, 0, 100.0 / 3}},
      {"{distribution: {name: AFL-3.0}, code: {name: Apache-1.0}, document: {name: CC-BY-SA-4.0}}",
       kAll,
       0,
       {0, 0, 0, 250.0 / 3}},
      {"{document: {name: CC0-1.0}}",
       "Model architecture=MIT, Training code=AFL-3.0, Inference code=NCSA, "
       "Evaluation code=ECL-1.0, Supporting libraries and tools=Apache-2.0, "
       "Model parameters (Final)=CC-BY-3.0-NL, Evaluation data=CC-BY-3.0-US, "
       "Model card=CC-BY-SA-3.0, Data card=CC-BY-4.0, Research paper=CC-BY-SA-3.0, "
       "Evaluation results=CC-BY-4.0",
       2,
       {0, 1000.0 / 13, 100, 100}},
      {"{distribution: {name: CDLA-Permissive-2.0}, code: {name: ECL-2.0}}",
       "Model architecture=zlib-acknowledgement, Data preprocessing code=AFL-3.0, "
       "Training code=ECL-2.0, Evaluation code=UPL-1.0, Supporting libraries and tools=AFL-1.1, "
       "Model parameters (Final)=ODbL-1.0, Model parameters (Intermediate)=Xfig, "
       "Datasets=CC-BY-2.0, Evaluation data=CC-BY-SA-4.0, Model metadata=BSD-2-Clause, "
       "Sample model outputs=CC-BY-4.0, Model card=CC-BY-SA-3.0, Data card=SMLNJ, "
       "Technical report=CC0-1.0, Evaluation results=CC-BY-SA-4.0",
       0,
       {0, 0, 0, 250.0 / 3}},
      {"{data: {name: CDLA-Permissive-2.0}}",
       "Model architecture=Apache-2.0, Training code=ECL-1.0, Inference code=AFL-1.1, "
       "Evaluation code=MIT-0, Supporting libraries and tools=UPL-1.0, "
       "Model parameters (Final)=CC-BY-3.0-DE, Evaluation data=ODC-By-1.0, Model card=CC0-1.0, "
       "Data card=CC-BY-SA-4.0, Technical report=CC0-1.0, Evaluation results=CC-BY-SA-4.0",
       2,
       {0, 500.0 / 7, 100, 100}},
      {"[]",
       "Data preprocessing code=HPND-sell-MIT-disclaimer-xserver, Training code=YPL-1.0, "
       "Inference code=AGPL-1.0-or-later, Supporting libraries and tools=0BSD, "
       "Evaluation data=OGL-UK-1.0, Sample model outputs=TTYP0, Data card=CC-BY-SA-4.0, "
       "Research paper=CC-BY-4.0, Evaluation results=CC-BY-SA-4.0",
       0,
       {0, 0, 0, 50}},
      {"{distribution: {name: CC-BY-SA-3.0}, code: {name: AFL-1.1}}",
       "Evaluation code=Motosoto, Model metadata=xinetd, Research paper=IPL-1.0",
       0,
       {0, 0, 0, 100.0 / 6}},
      {"{distribution: {name: MIT}, document: {name: CC-BY-4.0}}",
       "Data preprocessing code=OGDL-Taiwan-1.0, Training code=Sun-PPP-2000, "
       "Supporting libraries and tools=GFDL-1.3-invariants-or-later, "
       "Evaluation data=CC-BY-SA-3.0, Model metadata=HPND-UC, Research paper=TORQUE-1.1",
       0,
       {0, 0, 0, 0}},
      {"{data: {name: CC-BY-SA-2.0-UK}}",
       "Model architecture=MIT-0, Model parameters (Final)=CC-BY-2.0, Model card=CC-BY-4.0, "
       "Data card=CC-BY-SA-4.0, Technical report=CC-BY-4.0, Evaluation results=CC0-1.0",
       3,
       {0, 0, 60, 100}},
      {"{document: {name: CC-BY-SA-4.0}}",
       "Model architecture=Apache-1.0, Model parameters (Final)=ODbL-1.0, Model card=CC-BY-4.0, "
       "Data card=CC0-1.0, Research paper=CC-BY-4.0, Evaluation results=CC0-1.0",
       3,
       {0, 0, 60, 100}},
      {"{code: {name: 0BSD}, document: {name: CC0-1.0}}",
       "Model architecture=CC-BY-NC-2.5, Data preprocessing code=MIT, Evaluation code=NCSA, "
       "Model parameters (Final)=CC-BY-SA-3.0-AT, Model parameters (Intermediate)=CC-BY-SA-3.0, "
       "Evaluation data=CC-PDDC, Model metadata=GFDL-1.3, Sample model outputs=ADSL, "
       "Data card=BSD-4.3TAHOE, Technical report=Net-SNMP, Evaluation results=Soundex",
       0,
       {0, 0, 0, 100.0 / 6}},
      {"{code: {name: NCSA}, data: {name: CC-BY-SA-4.0}}",
       "Model architecture, Data preprocessing code, Training code, Inference code, Evaluation "
       "code, Model parameters (Final), Model parameters (Intermediate), Sample model outputs, "
       "Data card, Evaluation results",
       0,
       {0, 0, 0, 100.0 / 3}},
      {"[]",
       "Model architecture, Training code, Inference code, Evaluation code, Supporting libraries "
       "and tools, Model parameters (Final), Evaluation data, Sample model outputs, Model card, "
       "Data card, Technical report, Research paper",
       0,
       {0, 0, 0, 0}},
      {"[]", "Datasets", 0, {0, 0, 0, 0}},
      {"{}", "Model architecture=unlicensed, Model card", 0, {0, 0, 0, 0}}};
  const testing_base::Folder folder;
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
    write_file_atomic(folder / "tool.yaml", yaml);
    const OpennessAudit audit = audit_openness(read_openness(folder / "tool.yaml"));
    EXPECT_EQ(audit.reached_class, c.openness_class) << c.components;
    for (std::size_t i = 1; i <= 3; ++i) {
      EXPECT_NEAR(audit.progress[i], c.progress[i], 1e-9) << c.components << " class " << i;
    }
    EXPECT_NE(audit.open_source, Answer::kYes);
  }
}

TEST(Openness, reads_older_records_of_the_tool) {
  const testing_base::Folder folder;
  write_file_atomic(folder / "older.yml", R"(
framework: {name: 'Model Openness Framework', version: '1.0', date: '2024-12-15'}
release:
  name: Amber
  date: '2024-10-03'
  components:
    - {name: 'Model architecture', description: x, location: '', license_name: Apache-2.0}
    - {name: Datasets, description: x, location: '', license_name: 'License not specified'}
    - {name: 'Model metadata', description: x, location: '', license_name: 'Component not included'}
)");
  const auto facts = read_openness(folder / "older.yml");
  ASSERT_EQ(facts.components.size(), 2U);
  EXPECT_EQ(facts.components[0].licence, "Apache-2.0");
  EXPECT_EQ(facts.components[1].licence, "");
}

}  // namespace

}  // namespace lucie
