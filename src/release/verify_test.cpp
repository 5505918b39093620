#include "release/verify.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/rng.h"
#include "corpus/corpus_files.h"
#include "corpus/mixture.h"
#include "corpus/tokenize.h"
#include "release/example_bundle.h"
#include "release/signature.h"
#include "release/sums.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/trainer.h"

namespace lucie {
namespace {

using testing_base::error_of;
using testing_base::Folder;

// The failed checks, a line each.
std::string failures(const fs::path& dir, const VerifyOptions& options = {}) {
  std::string text;
  for (const Check& check : verify_bundle(dir, options, test_pool()).checks) {
    if (check.verdict == CheckResult::kFails) text += check.what + ": " + check.said + "\n";
  }
  return text;
}

// A signed bundle without documents.
fs::path signed_bundle(const Folder& folder) {
  write_test_file(folder / "key", example_secret_key(std::string(32, 'k')));
  ReleaseInput input = example_input(folder);
  input.sign_key = read_secret_key(folder / "key");
  write_release(input, folder / "out", test_pool());
  return folder / "out";
}

// The tokenizer, documents and tokens of a run, recorded as its stages.
void add_documents(const Folder& folder, ReleaseInput* input) {
  DocumentWriter train(folder / "corpus", "train", 0), holdout(folder / "corpus", "holdout", 0);
  std::vector<std::string> texts;
  for (int i = 0; i < 6; ++i) {
    Document document;
    document.id = "d" + std::to_string(i);
    document.text = "The command of number " + std::to_string(i) + " lists the files.\n";
    document.source = "help-de";
    document.licence = "MPL-2.0";
    document.language = "en";
    texts.push_back(document.text);
    (i < 4 ? train : holdout).write(document);
  }
  train.commit();
  holdout.commit();
  write_test_file(folder / "corpus/stats.json", "{}\n");
  std::size_t next = 0;
  TrainerOptions options;
  options.vocab_sizes = {600};
  const TrainedTokenizer trained =
      train_tokenizers(
          [&] { return next < texts.size() ? std::optional(texts[next++]) : std::nullopt; },
          options, test_pool())
          .front();
  write_json(folder / "tokenizer/tokenizer.json", trained.tokenizer);
  write_json(folder / "tokenizer/tokenizer_config.json", trained.config);
  tokenize_corpus(folder / "corpus", Tokenizer::load(folder / "tokenizer"), folder / "tokens",
                  {.seed = 42, .grouping = token_grouping(input->recipe)}, test_pool());
  input->corpus = folder / "corpus";
  std::erase_if(input->stages,
                [](const PublishedStage& stage) { return stage.name == "tokenizer"; });
  for (const char* name : {"tokenizer", "corpus", "tokens"}) {
    input->stages.push_back(example_stage(name, folder / name));
  }
}

fs::path bundle_with_documents(const Folder& folder) {
  ReleaseInput input = example_input(folder);
  add_documents(folder, &input);
  input.recipe["release"]["corpus"] = "all";
  write_release(input, folder / "out", test_pool());
  return folder / "out";
}

void flip(const fs::path& file, std::uint64_t bit) {
  std::string bytes = read_file(file);
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
  write_file_atomic(file, bytes);
}

// Whoever forges a file may forge the list with it.
void forge_sums(const fs::path& bundle) {
  fs::remove(bundle / kMinisignFile);
  write_sums(bundle, test_pool());
}

TEST(Verify, holds_for_a_bundle_as_it_was_written) {
  const Folder folder;
  const fs::path out = signed_bundle(folder);
  const VerifyReport report = verify_bundle(out, {}, test_pool());
  EXPECT_EQ(failures(out), "");
  EXPECT_TRUE(report.passed());
  ASSERT_EQ(report.checks.size(), 6u);
  EXPECT_EQ(report.checks[1].what, "signature");
  EXPECT_NE(report.checks[1].said.find("whose key that is was not checked"), std::string::npos);
  EXPECT_EQ(report.checks[5].verdict, CheckResult::kNotChecked) << "there are no documents";
  EXPECT_EQ(failures(out, {.public_key = out / kSignerFile, .corpus = {}, .data_dir = {}}), "");
}

TEST(Verify, a_bit_flipped_in_any_file_is_found_and_named) {
  const Folder folder;
  const fs::path out = signed_bundle(folder);
  std::vector<std::string> files;
  const Json made = hash_tree(out);
  for (const auto& [path, hash] : made.members()) files.push_back(path);
  ASSERT_GT(files.size(), 20u);
  for (const std::string& path : files) {
    const std::string whole = read_file(out / path);
    ASSERT_FALSE(whole.empty()) << path;
    Rng rng(1, "flip/" + path);
    for (std::uint64_t i = 0; i < 6; ++i) {
      const std::uint64_t bit = rng.below(whole.size() * 8);
      flip(out / path, bit);
      const std::string found = failures(out);
      EXPECT_NE(found.find(path), std::string::npos) << path << ", bit " << bit << ": " << found;
      write_file_atomic(out / path, whole);
    }
  }
  EXPECT_EQ(failures(out), "");
}

TEST(Verify, files_added_and_missing_are_named) {
  const Folder folder;
  const fs::path out = signed_bundle(folder);
  write_test_file(out / "base/extra.bin", "x");
  fs::remove(out / "LICENSES.md");
  const std::string found = failures(out);
  EXPECT_NE(found.find("hashes: base/extra.bin: not listed"), std::string::npos) << found;
  EXPECT_NE(found.find("hashes: LICENSES.md: missing"), std::string::npos) << found;
  EXPECT_NE(found.find("contents: terms: LICENSES.md is missing"), std::string::npos) << found;
}

TEST(Verify, links_and_pipes_are_named_and_not_followed) {
  const Folder folder;
  const fs::path out = signed_bundle(folder);
  for (const char* name : {"bundle.json", "SHA256SUMS.sig", "tokenizer/tokenizer.json"}) {
    fs::remove(out / name);
    fs::create_symlink("/dev/zero", out / name);
  }
  fs::remove(out / "provenance.json");
  ASSERT_EQ(::mkfifo((out / "provenance.json").c_str(), 0600), 0);
  const std::string found = failures(out);
  for (const char* name : {"SHA256SUMS.sig", "provenance.json", "tokenizer/tokenizer.json"}) {
    EXPECT_NE(found.find(std::string(name) + ": is no plain file"), std::string::npos) << found;
  }
  EXPECT_EQ(verify_bundle(out, {}, test_pool()).checks.back().verdict, CheckResult::kNotChecked);
  fs::rename(out / kSumsFile, folder / "list");
  fs::create_symlink(folder / "list", out / kSumsFile);
  EXPECT_EQ(error_of([&] { failures(out); }).code(), ErrorCode::kNotFound);
}

TEST(Verify, a_forged_list_does_not_fit_its_signature) {
  const Folder folder;
  const fs::path out = signed_bundle(folder);
  write_file_atomic(out / "LICENSES.md", "Take them.\n");
  write_sums(out, test_pool());
  EXPECT_EQ(failures(out), "signature: SHA256SUMS.minisig: not a signature of this SHA256SUMS\n");
}

TEST(Verify, another_signer_is_not_the_one_that_was_asked_for) {
  const Folder folder;
  const fs::path out = signed_bundle(folder);
  const SecretKey other = [&] {
    write_test_file(folder / "other", example_secret_key(std::string(32, 'o')));
    return read_secret_key(folder / "other");
  }();
  write_test_file(folder / "other.pub", public_key_file(other.public_key));
  const VerifyOptions theirs{.public_key = folder / "other.pub", .corpus = {}, .data_dir = {}};
  EXPECT_EQ(failures(out, theirs),
            "signature: SHA256SUMS.minisig: not a signature of this SHA256SUMS\n");
  fs::remove(out / kMinisignFile);
  EXPECT_EQ(failures(out, theirs),
            "signature: there is none of the kind of the key that was given\n");
  write_test_file(folder / "no.pub", "nothing");
  EXPECT_EQ(error_of([&] {
              failures(out, {.public_key = folder / "no.pub", .corpus = {}, .data_dir = {}});
            }).code(),
            ErrorCode::kCorrupt);
}

TEST(Verify, an_altered_weight_or_tokenizer_is_not_what_its_stage_wrote) {
  const Folder folder;
  const fs::path out = signed_bundle(folder);
  flip(out / "base/model.safetensors", 3);
  flip(out / "checkpoints/step-00000009/optimizer.safetensors", 3);
  write_file_atomic(out / "instruct/config.json", "{\"a\": 1}\n");
  forge_sums(out);
  const std::string found = failures(out);
  EXPECT_NE(found.find("stages: base/model.safetensors: not what stage 'base' wrote"),
            std::string::npos)
      << found;
  EXPECT_NE(found.find("stages: instruct/config.json: not what stage 'finetune'"),
            std::string::npos)
      << found;
  EXPECT_NE(found.find("step-00000009/optimizer.safetensors: not what the checkpoint's"),
            std::string::npos)
      << found;
  Json forged = read_json(out / "provenance.json");
  forged["stages"].items()[1]["files"]["model.safetensors"] = std::string(64, '0');
  write_json(out / "provenance.json", forged);
  EXPECT_NE(failures(out).find("files of stage 'base' do not give its hash"), std::string::npos);
  forged["stages"] = Json::array();
  for (const std::string step : {"4", "9"})
    fs::remove_all(out / ("checkpoints/step-0000000" + step));
  write_json(out / "provenance.json", forged);
  EXPECT_NE(failures(out).find("stages: provenance.json records none"), std::string::npos);
}

TEST(Verify, documents_that_give_other_tokens_are_found) {
  const Folder folder;
  const fs::path out = bundle_with_documents(folder);
  const VerifyReport report = verify_bundle(out, {}, test_pool());
  EXPECT_EQ(failures(out), "");
  EXPECT_EQ(report.checks.back().said, "4 shards made again from the documents");

  const fs::path other = folder / "other-corpus";
  fs::copy(out / "corpus", other, fs::copy_options::recursive);
  DocumentWriter more(other, "train", 1);
  Document document;
  document.id = "d9";
  document.text = "One more.";
  document.source = "help-de";
  document.licence = "MPL-2.0";
  document.language = "en";
  more.write(document);
  more.commit();
  const std::string found = failures(out, {.public_key = {}, .corpus = other, .data_dir = {}});
  EXPECT_NE(found.find("tokens: train/en.bin"), std::string::npos) << found;
  EXPECT_EQ(found.find("holdout"), std::string::npos) << found;

  Json forged = read_json(out / "provenance.json");
  for (Json& stage : forged["stages"].items()) {
    if (stage.get("name", "") == "tokens") stage["files"] = Json::object();
  }
  write_json(out / "provenance.json", forged);
  const std::string empty = failures(out);
  EXPECT_NE(empty.find("files of stage 'tokens' do not give its hash"), std::string::npos) << empty;
  EXPECT_NE(empty.find("tokens: provenance.json records none"), std::string::npos) << empty;
}

TEST(Verify, tokens_are_made_again_in_the_groups_that_the_mixture_asks_for) {
  const Folder folder;
  ReleaseInput input = example_input(folder);
  input.recipe["train"] = parse_yaml("{phases: [{mixture: {source: {help-de: 1}}}]}", "recipe");
  add_documents(folder, &input);
  ASSERT_TRUE(fs::exists(folder / "tokens/train/en--help-de.bin"));
  input.recipe["release"]["corpus"] = "all";
  write_release(input, folder / "out", test_pool());
  EXPECT_EQ(failures(folder / "out"), "");
}

TEST(Verify, a_swapped_tokenizer_gives_other_tokens_even_where_all_hashes_were_forged) {
  const Folder folder;
  const fs::path out = bundle_with_documents(folder);
  Json tokenizer = read_json(out / "tokenizer/tokenizer.json");
  tokenizer["model"]["merges"] = Json::array();
  write_json(out / "tokenizer/tokenizer.json", tokenizer);
  Json forged = read_json(out / "provenance.json");
  for (Json& stage : forged["stages"].items()) {
    if (stage.get("name", "") != "tokenizer") continue;
    stage["files"] = hash_tree(out / "tokenizer");
    stage["hash"] = hash_of_tree(stage.at("files"));
  }
  write_json(out / "provenance.json", forged);
  forge_sums(out);
  const std::string found = failures(out);
  EXPECT_NE(found.find("tokens: train/en.bin"), std::string::npos) << found;
  EXPECT_EQ(found.find("hashes"), std::string::npos) << found;
  EXPECT_EQ(found.find("stages"), std::string::npos) << found;
}

TEST(Verify, a_source_of_which_recipe_or_terms_no_longer_speak_is_named) {
  const Folder folder;
  const fs::path out = bundle_with_documents(folder);
  Json recipe = read_yaml(out / "recipe.yaml");
  Json kept = Json::array();
  for (const Json& source : recipe.at("sources").items()) {
    if (source.at("id").as_string() != "help-de") kept.push_back(source);
  }
  recipe["sources"] = kept;
  write_file_atomic(out / "recipe.yaml", dump_yaml(recipe));
  Json terms = read_json(out / "terms.json");
  terms["corpus"]["licences"].items()[0]["licence"] = "Nobodys-1.0";
  write_json(out / "terms.json", terms);
  forge_sums(out);
  const std::string found = failures(out);
  EXPECT_NE(found.find("sources: help-de: it was trained on, but the recipe no longer has it"),
            std::string::npos)
      << found;
  EXPECT_NE(found.find("nobody knows the licence 'Nobodys-1.0'"), std::string::npos) << found;
  EXPECT_EQ(found.find("manpages-fr"), std::string::npos) << found;
}

TEST(Verify, says_what_is_withheld_and_what_is_no_bundle) {
  const Folder folder;
  EXPECT_EQ(error_of([&] { verify_bundle(folder.path(), {}, test_pool()); }).code(),
            ErrorCode::kNotFound);
  ReleaseInput input = example_input(folder);
  add_documents(folder, &input);
  input.recipe["sources"].items()[1]["terms"] = "under-negotiation";
  write_release(input, folder / "out", test_pool());
  const VerifyReport report = verify_bundle(folder / "out", {}, test_pool());
  EXPECT_TRUE(report.passed());
  EXPECT_EQ(report.checks.back().verdict, CheckResult::kNotChecked);
  EXPECT_NE(report.checks.back().said.find("may not be passed on"), std::string::npos);
}

}  // namespace
}  // namespace lucie
