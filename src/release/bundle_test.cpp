#include "release/bundle.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"
#include "base/test_files.h"
#include "release/example_results.h"
#include "release/sums.h"

namespace lucie {

namespace {

using testing_base::error_of;
using testing_base::Folder;

ThreadPool& pool() {
  static ThreadPool threads(2);
  return threads;
}

ReleaseInput example_input(const Folder& folder) {
  for (const char* name : {"instruct", "base"}) {
    fs::create_directories(folder / name);
    write_file_atomic(folder / name / "config.json", "{}\n");
    write_file_atomic(folder / name / "model.safetensors", "weights of " + std::string(name));
  }
  fs::create_directories(folder / "gguf");
  write_file_atomic(folder / "gguf" / "m-q8_0.gguf", "GGUF");
  ReleaseInput input;
  input.recipe = parse_yaml(example_recipe_text(), "recipe.yaml");
  input.results = example_results();
  input.corpus_stats = example_stats();
  fs::create_directories(folder / "card");
  write_file_atomic(folder / "card/data_card.md", "# Data card\n\n");
  input.program = "lucie.cpp 0.1.0";
  input.instruct = folder / "instruct";
  input.base = folder / "base";
  input.gguf = folder / "gguf";
  input.card = folder / "card";
  return input;
}

TEST(Release, holds_models_cards_licences_recipe_figures_and_hashes) {
  const Folder folder;
  const Json results = write_release(example_input(folder), folder / "out", pool());
  for (const char* path :
       {"README.md", "instruct/README.md", "instruct/model.safetensors", "base/config.json",
        "gguf/m-q8_0.gguf", "data_card.md", "data_card.html", "LICENSES.md", "recipe.yaml",
        "results.json", "terms.json", "SHA256SUMS"}) {
    EXPECT_TRUE(fs::is_regular_file(folder / "out" / path)) << path;
  }
  EXPECT_TRUE(verify_sums(folder / "out", pool()).empty());
  EXPECT_EQ(read_json(folder / "out" / "results.json"), results);
  EXPECT_EQ(results.at("terms").at("weights").at("licence").as_string(), "Apache-2.0");
  EXPECT_NE(read_file(folder / "out" / "data_card.md").find("Terms, in three layers"),
            std::string::npos);
  EXPECT_NE(read_file(folder / "out" / "LICENSES.md").find("model-parameters"), std::string::npos);
}

TEST(Release, gives_the_same_bytes_again) {
  const Folder folder;
  const ReleaseInput input = example_input(folder);
  write_release(input, folder / "a", pool());
  write_release(input, folder / "b", pool());
  EXPECT_EQ(read_file(folder / "a" / "SHA256SUMS"), read_file(folder / "b" / "SHA256SUMS"));
}

TEST(Release, without_intended_use_or_limits_is_refused_before_anything_is_written) {
  const Folder folder;
  for (const char* key : {"intended_use", "limits", "weights_licence"}) {
    ReleaseInput input = example_input(folder);
    input.recipe["release"].erase(key);
    const Error error = error_of([&] { write_release(input, folder / "out", pool()); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(error.place().find(std::string("release.") + key), std::string::npos)
        << error.place();
    EXPECT_NE(error.place().find("recipe.yaml:"), std::string::npos) << error.place();
    EXPECT_FALSE(fs::exists(folder / "out"));
  }
}

TEST(Release, an_unknown_key_gets_the_nearest_name) {
  const Json recipe = parse_yaml("release: {intended_us: x}", "recipe.yaml");
  const Error error = error_of([&] { release_settings(recipe); });
  EXPECT_NE(error.hint().find("intended_use"), std::string::npos);
}

TEST(Release, that_the_policy_forbids_is_refused_with_the_sources) {
  const Folder folder;
  ReleaseInput input = example_input(folder);
  input.recipe["release"]["policy"] = "inherit";
  const Error error = error_of([&] { write_release(input, folder / "out", pool()); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(error.message().find("manpages-fr"), std::string::npos) << error.message();
  EXPECT_FALSE(fs::exists(folder / "out"));
}

TEST(Release, is_never_written_over_another) {
  const Folder folder;
  const ReleaseInput input = example_input(folder);
  write_release(input, folder / "out", pool());
  EXPECT_EQ(error_of([&] { write_release(input, folder / "out", pool()); }).code(), ErrorCode::kIo);
}

TEST(Sums, are_what_sha256sum_writes_and_checks) {
  const Folder folder;
  fs::create_directories(folder / "sub dir");
  write_file_atomic(folder / "b.txt", "hello\n");
  write_file_atomic(folder / "sub dir" / "a", "");
  write_sums(folder.path(), pool());
  EXPECT_EQ(read_file(folder / "SHA256SUMS"),
            "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  b.txt\n"
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  sub dir/a\n");
  const std::string command =
      "cd '" + folder.path().string() + "' && sha256sum -c --strict --quiet SHA256SUMS >/dev/null";
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST(Sums, name_every_file_that_is_not_as_listed) {
  const Folder folder;
  for (const char* name : {"changed", "gone", "kept"}) write_file_atomic(folder / name, "text");
  write_sums(folder.path(), pool());
  write_file_atomic(folder / "changed", "texu");
  fs::remove(folder / "gone");
  write_file_atomic(folder / "added", "new");
  const auto problems = verify_sums(folder.path(), pool());
  ASSERT_EQ(problems.size(), 3U);
  EXPECT_EQ(problems[0].path + " " + problems[0].problem, "added not listed");
  EXPECT_EQ(problems[1].path + " " + problems[1].problem, "changed differs");
  EXPECT_EQ(problems[2].path + " " + problems[2].problem, "gone missing");
}

TEST(Sums, a_forged_or_missing_list_is_refused) {
  const Folder folder;
  EXPECT_EQ(error_of([&] { verify_sums(folder.path(), pool()); }).code(), ErrorCode::kNotFound);
  const std::string hash(64, 'a');
  write_file_atomic(folder / "a", "text");
  for (const std::string& text :
       {hash + "  ../outside\n", hash + "  /etc/passwd\n", hash + "  x/../../y\n",
        std::string("short  x\n"), hash + "\n", hash + "  a\n" + hash + "  a\n",
        std::string(64, 'Z') + "  a\n"}) {
    write_file_atomic(folder / "SHA256SUMS", text);
    const auto problems = verify_sums(folder.path(), pool());
    ASSERT_FALSE(problems.empty()) << text;
    EXPECT_EQ(problems.front().path, "SHA256SUMS") << text;
  }
}

}  // namespace

}  // namespace lucie
