#include "release/openness_reader.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/error.h"
#include "base/test_files.h"

namespace lucie {

namespace {

// A bundle of the files that an audit reads, with one text of each of two sources.
class BundleAudit : public testing::Test {
 protected:
  BundleAudit() : dir_(folder_.path()) {
    fs::create_directories(dir_ / "base");
    put("bundle.json", R"({"format": "lucie-bundle", "version": 1, "name": "x", "program": "p 1",
      "components": [
        {"component": "model-parameters", "content": "data", "licence": "Apache-2.0",
         "paths": ["base/"]},
        {"component": "model-card", "content": "document", "licence": "CC-BY-4.0",
         "paths": ["README.md"]},
        {"component": "training-code", "content": "code", "licence": "Apache-2.0",
         "where": "p 1"}]})");
    put("README.md", "# x\n");
    put("recipe.yaml", kRecipe);
    put("results.json", R"({"corpus": {"by_source": [{"name": "man"}, {"name": "mine"}]}})");
    put("terms.json", R"({"corpus": {"licences": [{"licence": "MIT"}, {"licence": "LicenseRef-a"}],
      "sources": [{"id": "man"}, {"id": "mine"}]}})");
  }

  void put(const std::string& name, const std::string& text) {
    write_file_atomic(dir_ / name, text);
  }
  void change(const std::string& name, const std::string& from, const std::string& to) {
    std::string text = read_file(dir_ / name);
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos);
    put(name, text.replace(at, from.size(), to));
  }
  // The subjects of what was found.
  std::vector<std::string> found() const {
    const OpennessFacts facts = read_openness(dir_);
    EXPECT_EQ(audit_openness(facts).wanting(), !facts.findings.empty());
    std::vector<std::string> about;
    for (const Finding& finding : facts.findings) about.push_back(finding.source);
    return about;
  }

  static constexpr const char* kRecipe = R"(
sources:
  - {id: man, reader: debian-package, package: manpages, terms: open, obtained: Debian,
     how_to_get: apt-get download manpages}
  - {id: mine, reader: text, licence: MIT, terms: open, obtained: a friend,
     how_to_get: {where: ask him, fee: true}}
)";
  testing_base::Folder folder_;
  fs::path dir_;
};

TEST_F(BundleAudit, finds_nothing_in_a_whole_one_and_answers_from_its_registry) {
  EXPECT_TRUE(found().empty());
  const OpennessFacts facts = read_openness(dir_);
  EXPECT_EQ(facts.components.size(), 3U);
  EXPECT_EQ(facts.data_described.answer, Answer::kYes);
  EXPECT_EQ(facts.public_data_listed.answer, Answer::kYes);
  EXPECT_NE(facts.obtainable_data_listed.evidence.find("mine"), std::string::npos);
  change("recipe.yaml", "how_to_get: {where: ask him, fee: true}", "dates: 2020");
  const OpennessFacts unlisted = read_openness(dir_);
  EXPECT_EQ(unlisted.public_data_listed.answer, Answer::kNo);
  EXPECT_NE(unlisted.public_data_listed.evidence.find("mine"), std::string::npos);
}

TEST_F(BundleAudit, names_a_source_that_was_removed_after_training) {
  const std::string recipe = kRecipe;
  put("recipe.yaml", recipe.substr(0, recipe.find("  - {id: mine")));
  EXPECT_EQ(found(), std::vector<std::string>{"mine"});
  put("recipe.yaml", recipe);
  change("terms.json", R"(, {"id": "mine"})", "");
  EXPECT_EQ(found(), std::vector<std::string>{"mine"});
}

TEST_F(BundleAudit, names_a_paper_that_says_nothing_of_the_sources) {
  put("results.json", "{}");
  EXPECT_EQ(found(), std::vector<std::string>{"results.json"});
  put("terms.json", "{}");
  EXPECT_EQ(found(), (std::vector<std::string>{"results.json", "terms.json"}));
  fs::remove(dir_ / "terms.json");
  EXPECT_EQ(found(), (std::vector<std::string>{"results.json", "terms.json"}));
}

TEST_F(BundleAudit, names_a_licence_that_nobody_knows) {
  change("terms.json", R"("MIT")", R"("MIT-ish")");
  EXPECT_EQ(found(), std::vector<std::string>{"terms.json"});
  change("bundle.json", R"("CC-BY-4.0")", R"("CC BY 4")");
  EXPECT_EQ(found(), (std::vector<std::string>{"model-card", "terms.json"}));
}

TEST_F(BundleAudit, does_without_a_component_whose_files_are_not_there) {
  fs::remove(dir_ / "README.md");
  EXPECT_EQ(found(), std::vector<std::string>{"model-card"});
  const OpennessFacts facts = read_openness(dir_);
  EXPECT_EQ(facts.components.size(), 2U);
}

TEST_F(BundleAudit, takes_no_file_outside_of_the_bundle_for_a_component) {
  const std::string whole = read_file(dir_ / "bundle.json");
  for (const char* path : {"../README.md", "/etc/passwd", ""}) {
    change("bundle.json", "README.md", path);
    EXPECT_EQ(testing_base::error_of([&] { read_openness(dir_); }).code(), ErrorCode::kCorrupt);
    put("bundle.json", whole);
  }
}

TEST_F(BundleAudit, takes_the_declared_class_from_the_recipe) {
  put("recipe.yaml",
      std::string(kRecipe) + "release: {declares: {class: II, open_source: true}}\n");
  const OpennessFacts facts = read_openness(dir_);
  EXPECT_EQ(facts.declared_class, 2);
  EXPECT_TRUE(facts.declared_open_source);
  EXPECT_TRUE(audit_openness(facts).wanting());
  EXPECT_EQ(parse_openness_class(Json("III")), 3);
  EXPECT_EQ(parse_openness_class(Json(1)), 1);
  EXPECT_EQ(parse_openness_class(Json()), 0);
  EXPECT_THROW(parse_openness_class(Json("IV")), Error);
}

TEST_F(BundleAudit, follows_no_link_and_reads_no_pipe) {
  for (const char* name : {"bundle.json", "recipe.yaml", "results.json", "terms.json"}) {
    const std::string whole = read_file(dir_ / name);
    fs::rename(dir_ / name, dir_ / "other");
    fs::create_symlink("other", dir_ / name);
    EXPECT_EQ(testing_base::error_of([&] { read_openness(dir_); }).code(), ErrorCode::kCorrupt);
    fs::remove(dir_ / name);
    ASSERT_EQ(::mkfifo((dir_ / name).c_str(), 0600), 0);
    EXPECT_EQ(testing_base::error_of([&] { read_openness(dir_); }).code(), ErrorCode::kCorrupt);
    fs::remove(dir_ / name);
    put(name, whole);
  }
}

TEST_F(BundleAudit, a_folder_that_is_no_bundle_is_refused) {
  fs::remove(dir_ / "bundle.json");
  EXPECT_THROW(read_openness(dir_), Error);
  EXPECT_THROW(read_openness(dir_ / "nothing.yaml"), Error);
}

}  // namespace

}  // namespace lucie
