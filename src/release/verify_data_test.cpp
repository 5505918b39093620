// lucie verify --data-dir: documents built again by a recipe that may be anybody's.
#include <gtest/gtest.h>

#include "base/cancel.h"
#include "base/error.h"
#include "corpus/build.h"
#include "release/example_bundle.h"
#include "release/sums.h"
#include "release/verify.h"

namespace lucie {
namespace {

void write_texts(const fs::path& dir, int count) {
  for (int i = 0; i < count; ++i) {
    std::string text;
    for (int k = 0; k < 9; ++k) {
      text += "Line " + std::to_string(k) + " of text " + std::to_string(i) + " says no more.\n\n";
    }
    write_test_file(dir / ("t" + std::to_string(i) + ".txt"), text);
  }
}

// A bundle of a run on a folder of texts, `data`, which stays beside it.
class VerifyData : public testing::Test {
 protected:
  VerifyData() : out_(folder_ / "out"), data_(folder_ / "data") {
    write_texts(data_ / "texts", 20);
    ReleaseInput input = example_input(folder_);
    input.recipe["sources"] = parse_yaml(
        "[{id: texts, reader: text, path: texts, language: en, licence: MIT, terms: open}]", "r");
    input.recipe["corpus"] = parse_yaml("{check_language: false}", "r");
    build_corpus(CorpusSettings::from_recipe(input.recipe), data_, folder_ / "corpus", test_pool());
    input.corpus_stats = read_json(folder_ / "corpus/stats.json");
    Json row = input.corpus_stats.at("train").at("by_source").at("texts");
    row["name"] = "texts";
    input.results["corpus"]["by_source"] = Json(Json::Array{row});
    write_release(input, out_, test_pool());
  }

  // Whoever alters a file of a bundle may alter the list of hashes.
  void alter(const fs::path& file, const Json& value) {
    write_file_atomic(out_ / file, file == "recipe.yaml" ? dump_yaml(value) : value.dump());
    write_sums(out_, test_pool());
  }

  VerifyReport verify() const {
    return verify_bundle(out_, {.public_key = {}, .corpus = {}, .data_dir = data_}, test_pool());
  }

  // What is said of the data, a line for each check.
  std::string said() const {
    std::string text;
    for (const Check& check : verify().checks) {
      if (check.what != "data") continue;
      text += check.verdict == CheckResult::kHolds   ? "holds: "
              : check.verdict == CheckResult::kFails ? "fails: "
                                                     : "not checked: ";
      text += check.said + "\n";
    }
    return text;
  }

  testing_base::Folder folder_;
  fs::path out_, data_;
};

TEST_F(VerifyData, holds_where_the_sources_are_as_they_were) {
  EXPECT_EQ(said(), "holds: 1 sources give as many documents and characters as the run read\n");
  EXPECT_TRUE(verify().passed());
  fs::remove(data_ / "texts/t0.txt");
  EXPECT_TRUE(said().starts_with("fails: source 'texts': the run read ")) << said();
}

TEST_F(VerifyData, refuses_a_recipe_that_leads_out_of_the_data) {
  const Json recipe = read_yaml(out_ / "recipe.yaml");
  for (const char* path : {"/etc", "~/texts", "..", "texts/../../other"}) {
    Json altered = recipe;
    altered["sources"].items()[0]["path"] = path;
    alter("recipe.yaml", altered);
    EXPECT_TRUE(said().starts_with("fails: the recipe's path leads out of the data folder: " +
                                   std::string(path)))
        << said();
  }
  for (const char* corpus :
       {"{decontaminate: [{name: x, path: /etc/passwd}]}",
        "{decontaminate: {sets: [{name: x, path: /etc/passwd}]}}", "{opt_out: [/etc/passwd]}",
        "{opt_out: [{path: /etc/passwd}]}", "{language_model: /etc/passwd}",
        "{quality: {rules: [], bad_words: {en: /etc/passwd}}}",
        "{quality: {perplexity: {en: {model: /etc/passwd}}}}"}) {
    Json altered = recipe;
    altered["corpus"] = parse_yaml(corpus, "r");
    alter("recipe.yaml", altered);
    EXPECT_NE(said().find("leads out of the data folder: /etc/passwd"), std::string::npos)
        << corpus << ": " << said();
  }
}

TEST_F(VerifyData, does_not_look_in_the_folder_that_the_program_runs_in) {
  write_texts(folder_ / "here/texts", 1);
  write_test_file(folder_ / "here/words", "bad\n");
  const fs::path before = fs::current_path();
  fs::current_path(folder_ / "here");
  const std::string of_data = said();
  Json recipe = read_yaml(out_ / "recipe.yaml");
  recipe["corpus"]["quality"] = parse_yaml("{rules: [], bad_words: {en: words}}", "r");
  alter("recipe.yaml", recipe);
  const std::string of_words = said();
  fs::current_path(before);
  EXPECT_TRUE(of_data.starts_with("holds: ")) << of_data;
  EXPECT_NE(of_words.find((data_ / "words").string()), std::string::npos) << of_words;
}

TEST_F(VerifyData, builds_nothing_by_the_recipe_of_an_altered_bundle) {
  write_test_file(out_ / "more.txt", "more");
  EXPECT_TRUE(said().starts_with("not checked: nothing is built")) << said();
}

TEST_F(VerifyData, an_interrupt_or_a_full_disk_is_no_word_about_the_bundle) {
  request_cancel();
  EXPECT_EQ(testing_base::error_of([&] { verify(); }).code(), ErrorCode::kCancelled);
  clear_cancel();
  const ScopedWriteFault full(0);
  EXPECT_EQ(testing_base::error_of([&] { verify(); }).code(), ErrorCode::kIo);
}

TEST_F(VerifyData, what_the_run_did_not_count_is_no_agreement) {
  const Json results = read_json(out_ / "results.json");
  Json altered = results;
  altered["corpus"].erase("by_source");
  alter("results.json", altered);
  EXPECT_EQ(said(), "fails: results.json does not say what the run read of each source\n");
  altered = results;
  altered["corpus"]["by_source"].items()[0].erase("documents");
  alter("results.json", altered);
  EXPECT_TRUE(said().starts_with("fails: source 'texts'")) << said();
  altered["corpus"]["by_source"].items()[0] = Json(Json::Object{{"name", "other"}});
  alter("results.json", altered);
  EXPECT_NE(said().find("source 'other': the run read "), std::string::npos) << said();
  EXPECT_NE(said().find("source 'texts': the run read none, and there are "), std::string::npos)
      << said();
}

TEST_F(VerifyData, says_what_to_do_about_what_is_not_there) {
  fs::remove_all(data_ / "texts");
  EXPECT_NE(said().find("(give the path of a folder or file)"), std::string::npos) << said();
}

}  // namespace
}  // namespace lucie
