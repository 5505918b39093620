// Records of the Model Openness Tool, against what it makes of them itself.
#include <gtest/gtest.h>

#include "base/json.h"
#include "base/test_files.h"
#include "release/openness_reader.h"

namespace lucie {

namespace {

// A record as the tool writes it, of one of tests/releases/model_openness_tool.yaml.
Json record_of(const Json& test) {
  Json record = Json::object();
  record["framework"]["name"] = "Model Openness Framework";
  record["framework"]["version"] = "1.0";
  Json& release = record["release"];
  release["name"] = "test";
  release["date"] = "2025-01-01";
  release["license"] = test.at("license");
  release["components"] = Json::array();
  for (const Json& item : test.at("components").items()) {
    const std::string& text = item.as_string();
    const std::size_t equals = text.find('=');
    Json component = Json::object();
    component["name"] = text.substr(0, equals);
    if (equals != text.npos) component["license"] = text.substr(equals + 1);
    release["components"].push_back(std::move(component));
  }
  return record;
}

TEST(Openness, agrees_with_the_model_openness_tool) {
  const testing_base::Folder folder;
  const Json tests =
      read_yaml(fs::path(LUCIE_SOURCE_DIR) / "tests/releases/model_openness_tool.yaml");
  ASSERT_EQ(tests.size(), 27u);
  for (const Json& test : tests.items()) {
    SCOPED_TRACE("record " + std::to_string(test.at("id").as_int()));
    write_file_atomic(folder / "tool.yaml", record_of(test).dump());
    const OpennessAudit audit = audit_openness(read_openness(folder / "tool.yaml"));
    EXPECT_EQ(audit.reached_class, test.at("class").as_int());
    const Json* ours = test.find("here");
    const Json& percent = ours != nullptr ? *ours : test.at("percent");
    for (std::size_t i = 1; i <= 3; ++i) {
      EXPECT_NEAR(audit.progress[i], percent.items()[i - 1].as_double(), 1e-7) << "class " << i;
    }
  }
}

TEST(Openness, of_unlicensed_components_is_none) {
  const testing_base::Folder folder;
  write_file_atomic(folder / "tool.yaml", R"(
framework: {name: Model Openness Framework, version: '1.0'}
release:
  name: test
  date: '2025-01-01'
  license: {}
  components: [{name: Model architecture, license: unlicensed}, {name: Model card}]
)");
  const OpennessAudit audit = audit_openness(read_openness(folder / "tool.yaml"));
  EXPECT_EQ(audit.reached_class, 0);
  EXPECT_EQ(audit.progress[3], 0);
  EXPECT_NE(audit.open_source, Answer::kYes);
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
