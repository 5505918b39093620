#include "release/bundle.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"
#include "release/components.h"
#include "release/example_bundle.h"
#include "release/sums.h"

namespace lucie {

namespace {

using testing_base::error_of;
using testing_base::Folder;

TEST(Release, holds_models_cards_licences_recipe_figures_and_hashes) {
  const Folder folder;
  const Json results = write_release(example_input(folder), folder / "out", test_pool());
  for (const char* path : {"README.md",
                           "instruct/README.md",
                           "instruct/model.safetensors",
                           "base/config.json",
                           "gguf/m-q8_0.gguf",
                           "data_card.md",
                           "data_card.html",
                           "LICENSES.md",
                           "recipe.yaml",
                           "results.json",
                           "terms.json",
                           "SHA256SUMS",
                           "model_card.html",
                           "report.html",
                           "audit.html",
                           "training_content_summary.md",
                           "training_content_summary.html",
                           "copyright_policy.md",
                           "copyright_policy.html",
                           "bundle.json"}) {
    ASSERT_TRUE(fs::is_regular_file(folder / "out" / path)) << path;
    EXPECT_GT(fs::file_size(folder / "out" / path), 0U) << path;
  }
  EXPECT_TRUE(verify_sums(folder / "out", test_pool()).problems.empty());
  EXPECT_EQ(read_json(folder / "out" / "results.json"), results);
  EXPECT_EQ(results.at("terms").at("weights").at("licence").as_string(), "Apache-2.0");
  EXPECT_NE(read_file(folder / "out" / "data_card.md").find("Terms, in three layers"),
            std::string::npos);
  EXPECT_NE(read_file(folder / "out" / "LICENSES.md").find("model-parameters"), std::string::npos);
}

TEST(Release, publishes_the_checkpoints_and_optimizer_states_that_the_recipe_asks_for) {
  struct Case {
    const char *checkpoints, *optimizer_states;
    std::vector<std::string> files;
  };
  const Case kCases[] = {
      {"phase-ends", "last", {"4/model", "4/state", "9/model", "9/optimizer", "9/state"}},
      {"last", "none", {"9/model", "9/state"}},
      {"none", "all", {}},
      {"all",
       "phase-ends",
       {"4/model", "4/optimizer", "4/state", "7/model", "7/state", "9/model", "9/optimizer",
        "9/state"}}};
  for (const Case& c : kCases) {
    const Folder folder;
    ReleaseInput input = example_input(folder);
    input.recipe["release"]["checkpoints"] = c.checkpoints;
    input.recipe["release"]["optimizer_states"] = c.optimizer_states;
    write_release(input, folder / "out", test_pool());
    std::vector<std::string> files;
    if (fs::exists(folder / "out/checkpoints")) {
      const Json made = hash_tree(folder / "out/checkpoints");
      for (const auto& [path, hash] : made.members()) {
        files.push_back(path.substr(path.find('/') - 1, path.rfind('.') - path.find('/') + 1));
      }
    }
    EXPECT_EQ(files, c.files) << c.checkpoints;
  }
}

TEST(Release, bundle_json_lists_what_is_there_with_its_licence) {
  const Folder folder;
  ReleaseInput input = example_input(folder);
  input.recipe["release"]["data_licence"] = "CC0-1.0";
  input.recipe["release"]["code"] = "https://example.org/lucie";
  write_release(input, folder / "out", test_pool());
  const Bundle bundle = read_bundle(folder / "out");
  EXPECT_EQ(bundle.name, "lucie-example");
  EXPECT_EQ(bundle.program, "lucie.cpp 0.1.0");
  std::map<std::string, Component> by_name;
  for (const Component& component : bundle.components) by_name[component.name] = component;
  EXPECT_EQ(by_name.at("model-parameters").licence, "Apache-2.0");
  EXPECT_EQ(by_name.at("data-information").licence, "CC0-1.0");
  EXPECT_EQ(by_name.at("model-card").licence, "CC-BY-4.0");
  EXPECT_EQ(by_name.at("training-code").where, "https://example.org/lucie");
  EXPECT_EQ(by_name.at("optimizer-states").paths,
            std::vector<std::string>{"checkpoints/step-00000009/optimizer.safetensors"});
  EXPECT_FALSE(by_name.contains("datasets")) << "no corpus was passed on";
  for (const auto& [name, component] : by_name) {
    for (const std::string& path : component.paths) {
      EXPECT_TRUE(fs::exists(folder / "out" / path)) << path;
    }
  }
}

TEST(Release, cards_of_single_folders_tell_commands_that_work_there) {
  const Folder folder;
  write_release(example_input(folder), folder / "out", test_pool());
  EXPECT_NE(read_file(folder / "out/README.md").find("SHA256SUMS"), std::string::npos);
  const std::string instruct = read_file(folder / "out/instruct/README.md");
  const std::string base = read_file(folder / "out/base/README.md");
  for (const std::string& card : {instruct, base}) {
    EXPECT_EQ(card.find("SHA256SUMS"), std::string::npos) << card;
    EXPECT_EQ(card.find("data_card"), std::string::npos) << card;
    EXPECT_NE(card.find("AutoTokenizer.from_pretrained(\".\")"), std::string::npos) << card;
  }
  EXPECT_NE(instruct.find("lucie chat . "), std::string::npos) << instruct;
  EXPECT_EQ(instruct.find("lucie generate"), std::string::npos) << instruct;
  EXPECT_NE(base.find("lucie generate . "), std::string::npos) << base;
  EXPECT_EQ(base.find("lucie chat"), std::string::npos) << base;
}

TEST(Release, states_the_terms_of_each_part_apart) {
  const Folder folder;
  ReleaseInput input = example_input(folder);
  input.recipe["release"]["optimizer_licence"] = "MIT";
  input.recipe["release"]["data_licence"] = "CC0-1.0";
  input.recipe["release"]["documents_licence"] = "CC-BY-SA-4.0";
  const Json results = write_release(input, folder / "out", test_pool());
  const Json parts = read_json(folder / "out/bundle.json").at("artefacts");
  EXPECT_EQ(parts, results.at("artefacts"));
  std::map<std::string, Json> by_name;
  for (const Json& part : parts.items()) by_name[part.at("artefact").as_string()] = part;
  const std::pair<const char*, const char*> licences[] = {
      {"code", "Apache-2.0"},          {"weights", "Apache-2.0"},
      {"optimizer states", "MIT"},     {"training data", "GPL-2.0-or-later AND MIT AND MPL-2.0"},
      {"data information", "CC0-1.0"}, {"documents", "CC-BY-SA-4.0"},
      {"cards", "CC-BY-SA-4.0"}};
  ASSERT_EQ(by_name.size(), std::size(licences));
  for (const auto& [name, licence] : licences) {
    EXPECT_EQ(by_name.at(name).at("licence").as_string(), licence) << name;
    EXPECT_FALSE(by_name.at(name).at("basis").as_string().empty()) << name;
  }
  EXPECT_EQ(by_name.at("cards").at("class").as_string(), "share-alike");
  EXPECT_EQ(strings_at(by_name.at("cards"), "components"),
            (std::vector<std::string>{"model-card", "data-card"}));
  EXPECT_EQ(by_name.at("training data").at("components").size(), 0U) << "it was not passed on";
  EXPECT_EQ(by_name.at("data information").at("duties").size(), 0U);
}

TEST(Release, knows_how_open_it_is_itself) {
  const Folder folder;
  const Json results = write_release(example_input(folder), folder / "out", test_pool());
  EXPECT_EQ(results.at("openness").at("label").as_string(), "Class III - Open Model");
  EXPECT_NE(read_file(folder / "out/audit.html").find("Evaluation data: missing"),
            std::string::npos);
  EXPECT_NE(read_file(folder / "out/model_card.html").find("Class III - Open Model"),
            std::string::npos);
  EXPECT_EQ(results, read_json(folder / "out/results.json"));
}

TEST(Release, with_all_that_is_asked_for_and_a_paper_is_open_science) {
  const Folder folder;
  ReleaseInput input = example_input(folder);
  write_test_file(folder / "corpus/train/documents/de/part.jsonl", "{}\n");
  write_test_file(folder / "corpus/holdout/documents/de/part.jsonl", "{}\n");
  write_test_file(folder / "How it was made.pdf", "%PDF");
  input.corpus = folder / "corpus";
  input.recipe["release"]["corpus"] = "all";
  Json results = write_release(input, folder / "none", test_pool());
  EXPECT_EQ(results.at("openness").at("short").as_string(), "Class II");
  input.recipe["release"]["paper"] = (folder / "How it was made.pdf").string();
  input.recipe["release"]["paper_licence"] = "CC-BY-SA-4.0";
  results = write_release(input, folder / "file", test_pool());
  EXPECT_EQ(results.at("openness").at("short").as_string(), "Class I");
  EXPECT_EQ(read_file(folder / "file/paper.pdf"), "%PDF");
  const Json recipe = read_yaml(folder / "file/recipe.yaml");
  EXPECT_EQ(recipe.at("release").at("paper").as_string(), "paper.pdf");
  for (const Component& component : read_bundle(folder / "file").components) {
    const bool paper = component.name == "research-paper";
    EXPECT_EQ(component.licence == "CC-BY-SA-4.0", paper) << component.name;
  }
  input.recipe["release"]["paper"] = "https://example.org/paper";
  results = write_release(input, folder / "address", test_pool());
  EXPECT_EQ(results.at("openness").at("short").as_string(), "Class I");
  input.recipe["release"]["paper_licence"] = "CC-BY-NC-4.0";
  results = write_release(input, folder / "closed", test_pool());
  EXPECT_EQ(results.at("openness").at("short").as_string(), "Class II");
}

TEST(Release, tells_no_path_of_the_machine_it_was_made_on) {
  const Folder folder;
  ReleaseInput input = example_input(folder);
  input.recipe["sources"].items()[0]["path"] = "/home/somebody/letters of a patient";
  input.recipe["corpus"]["language"]["model"] = "/home/somebody/lid.bin";
  write_release(input, folder / "out", test_pool());
  const Json made = hash_tree(folder / "out");
  for (const auto& [path, hash] : made.members()) {
    const std::string text = read_file(folder / "out" / path);
    EXPECT_EQ(text.find("somebody"), std::string::npos) << path;
    EXPECT_EQ(text.find("letters of a patient"), std::string::npos) << path;
    EXPECT_EQ(text.find(folder.path().string()), std::string::npos) << path;
  }
  const Json recipe = read_yaml(folder / "out/recipe.yaml");
  EXPECT_EQ(recipe.at("sources").at(0).at("path").as_string(), "elsewhere/manpages-fr");
  EXPECT_EQ(recipe.at("corpus").at("language").at("model").as_string(), "elsewhere/lid.bin");
}

TEST(Release, of_text_that_may_not_be_shown_holds_no_hash_of_it) {
  const Folder folder;
  ReleaseInput input = example_input(folder);
  Json& source = input.recipe["sources"].items()[0];
  source["terms"] = "under-negotiation";
  for (const char* name : {"corpus", "tokens", "instructions"}) {
    write_test_file(folder / name / "file", std::string("text of ") + name);
    input.stages.push_back(example_stage(name, folder / name));
  }
  write_release(input, folder / "out", test_pool());
  const std::string told = read_file(folder / "out/provenance.json");
  for (const PublishedStage& stage : input.stages) {
    const bool text = stage.name != "base" && fs::exists(folder / stage.name / "file");
    EXPECT_EQ(told.find(stage.made.at("hash").as_string()) == std::string::npos, text);
    EXPECT_EQ(told.find(stage.made.at("key").as_string()), std::string::npos) << stage.name;
  }
  const std::string state = read_file(folder / "out/checkpoints/step-00000009/state.json");
  EXPECT_EQ(state.find("plain hash"), std::string::npos);
  EXPECT_EQ(state.find("what the model wrote"), std::string::npos);
  input.recipe["release"]["corpus"] = "holdout";
  const Error error = error_of([&] { write_release(input, folder / "more", test_pool()); });
  EXPECT_NE(error.message().find("manpages-fr"), std::string::npos) << error.message();
}

TEST(Release, refuses_words_of_its_section_that_it_does_not_know) {
  for (const char* text :
       {"checkpoints: some", "optimizer_states: 3", "corpus: train", "policy: any", "grid: 40",
        "grid: {gco2e_per_kwh: low}", "grid: {gco2: 3}", "cost: {per_kwh: -1}", "provider: me",
        "code_licence: no licence of that name (at all", "paper_licence: (", "date: 2026-13-01",
        "date: 2026-11", "date: 2026-02-31", "url: example.org/model",
        "url: 'https://example.org/my model'"}) {
    Json recipe = parse_yaml(example_recipe_text(), "recipe.yaml");
    const Json more = parse_yaml(text, "more.yaml");
    for (const auto& [key, value] : more.members()) recipe["release"][key] = value;
    const Error error = error_of([&] { release_settings(recipe); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << text;
    EXPECT_FALSE(error.place().empty()) << text;
  }
}

TEST(Release, gives_the_same_bytes_again) {
  const Folder folder;
  const ReleaseInput input = example_input(folder);
  write_release(input, folder / "a", test_pool());
  write_release(input, folder / "b", test_pool());
  EXPECT_EQ(read_file(folder / "a" / "SHA256SUMS"), read_file(folder / "b" / "SHA256SUMS"));
}

TEST(Release, without_intended_use_or_limits_is_refused_before_anything_is_written) {
  const Folder folder;
  for (const char* key : {"intended_use", "limits", "weights_licence"}) {
    ReleaseInput input = example_input(folder);
    input.recipe["release"].erase(key);
    const Error error = error_of([&] { write_release(input, folder / "out", test_pool()); });
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
  const Error error = error_of([&] { write_release(input, folder / "out", test_pool()); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(error.message().find("manpages-fr"), std::string::npos) << error.message();
  EXPECT_FALSE(fs::exists(folder / "out"));
}

TEST(Release, is_never_written_over_another) {
  const Folder folder;
  const ReleaseInput input = example_input(folder);
  write_release(input, folder / "out", test_pool());
  EXPECT_EQ(error_of([&] { write_release(input, folder / "out", test_pool()); }).code(),
            ErrorCode::kIo);
}

TEST(Sums, are_what_sha256sum_writes_and_checks) {
  const Folder folder;
  fs::create_directories(folder / "sub dir");
  write_file_atomic(folder / "b.txt", "hello\n");
  write_file_atomic(folder / "sub dir" / "a", "");
  write_sums(folder.path(), test_pool());
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
  write_sums(folder.path(), test_pool());
  write_file_atomic(folder / "changed", "texu");
  fs::remove(folder / "gone");
  write_file_atomic(folder / "added", "new");
  const auto problems = verify_sums(folder.path(), test_pool()).problems;
  ASSERT_EQ(problems.size(), 3U);
  EXPECT_EQ(problems[0].path + " " + problems[0].problem, "added not listed");
  EXPECT_EQ(problems[1].path + " " + problems[1].problem, "changed differs");
  EXPECT_EQ(problems[2].path + " " + problems[2].problem, "gone missing");
}

TEST(Sums, a_forged_or_missing_list_is_refused) {
  const Folder folder;
  EXPECT_EQ(error_of([&] { verify_sums(folder.path(), test_pool()); }).code(),
            ErrorCode::kNotFound);
  const std::string hash(64, 'a');
  write_file_atomic(folder / "a", "text");
  for (const std::string& text :
       {hash + "  ../outside\n", hash + "  /etc/passwd\n", hash + "  x/../../y\n",
        std::string("short  x\n"), hash + "\n", hash + "  a\n" + hash + "  a\n",
        std::string(64, 'Z') + "  a\n"}) {
    write_file_atomic(folder / "SHA256SUMS", text);
    const auto problems = verify_sums(folder.path(), test_pool()).problems;
    ASSERT_FALSE(problems.empty()) << text;
    EXPECT_EQ(problems.front().path, "SHA256SUMS") << text;
  }
}

}  // namespace

}  // namespace lucie
