// Whole runs of recipes/micro.yaml: what is there afterwards, and that it is the same every time.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "base/json.h"
#include "end_to_end/harness.h"

namespace lucie::end_to_end {
namespace {

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t found = 0;
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++found;
  return found;
}

// Stage -> hash of its output.
std::map<std::string, std::string> hashes(const fs::path& run) {
  std::map<std::string, std::string> found;
  const Json made = read_json(run / "manifest.json");
  for (const Json& stage : made.at("stages").items()) {
    found[stage.at("name").as_string()] = stage.at("hash").as_string();
  }
  return found;
}

void expect_same_runs(const fs::path& a, const fs::path& b) {
  ASSERT_FALSE(manifest(a).empty());
  EXPECT_EQ(manifest(a), manifest(b));
}

TEST(Run, completes_and_gives_every_output_its_plain_name) {
  const fs::path& run = undisturbed();
  EXPECT_EQ(half_written(run), std::vector<std::string>());
  for (const char* file : {"recipe.yaml",
                           "manifest.json",
                           "metrics.jsonl",
                           "corpus/stats.json",
                           "tokenizer/tokenizer.json",
                           "tokens/train/fr.bin",
                           "tokens/train/fr.idx",
                           "tokens/train/fr.docs",
                           "checkpoints/step-00000024/model.safetensors",
                           "base/config.json",
                           "base/model.safetensors",
                           "base/tokenizer.json",
                           "instruct/model.safetensors",
                           "instruct/generation_config.json",
                           "gguf/lucie-micro-instruct-q8_0.gguf",
                           "gguf/lucie-micro-instruct-q4_0.gguf",
                           "eval/eval.json",
                           "results.json",
                           "report.html",
                           "release/README.md",
                           "release/SHA256SUMS",
                           "release/terms.json",
                           "release/bundle.json",
                           "release/provenance.json",
                           "release/checkpoints/step-00000016/model.safetensors",
                           "release/checkpoints/step-00000024/optimizer.safetensors",
                           "release/corpus/train/documents/fr/part-00001.jsonl.zst",
                           "release/base/model.safetensors"}) {
    EXPECT_TRUE(fs::exists(run / file)) << file;
  }
  std::vector<std::string> names;
  const Json made = read_json(run / "manifest.json");
  for (const Json& stage : made.at("stages").items()) {
    names.push_back(stage.at("name").as_string());
    EXPECT_TRUE(fs::exists(run / stage.at("path").as_string() / "stage.json"));
  }
  EXPECT_EQ(names, kStages);
}

TEST(Run, a_second_time_reuses_every_stage) {
  const fs::path run = workspace() / "second";
  ASSERT_EQ(lucie(run_into(run)).exit_code, 0);
  const std::string before = manifest(run), metrics = read_text(run / "metrics.jsonl");
  const Outcome again = lucie(run_into(run));
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(count(again.err, ": already done"), kStages.size()) << again.err;
  EXPECT_EQ(manifest(run), before);
  EXPECT_EQ(read_text(run / "metrics.jsonl"), metrics);
  expect_same_runs(run, undisturbed());
}

TEST(Run, does_not_depend_on_the_number_of_threads) {
  for (const char* threads : {"1", "2", "3"}) {
    const fs::path run = workspace() / ("threads-" + std::string(threads));
    const Outcome done = lucie(run_into(run, {"--threads", threads}));
    ASSERT_EQ(done.exit_code, 0) << done.err;
    expect_same_runs(run, undisturbed());
  }
}

// The fake device's memory cannot be touched outside operations: that the run completes proves
// that nothing above the ops table looks into a tensor.
TEST(Run, completes_on_a_device_whose_memory_nobody_else_may_touch) {
  const fs::path run = workspace() / "fake";
  const Outcome done =
      lucie(run_into(run), {.environment = {{"LUCIE_DEVICE", "fake"}}, .input = {}});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const auto fake = hashes(run), cpu = hashes(undisturbed());
  for (const char* stage : {"corpus", "tokenizer", "tokens", "instructions"}) {
    EXPECT_EQ(fake.at(stage), cpu.at(stage)) << stage << " has nothing to do with the device";
  }
  for (const char* stage : {"pretrain", "base", "finetune", "gguf", "eval"}) {
    EXPECT_TRUE(fake.contains(stage)) << stage;
  }
}

TEST(Run, moving_the_data_or_the_run_changes_nothing) {
  const fs::path elsewhere = workspace() / "elsewhere/data";
  fs::create_directories(elsewhere.parent_path());
  fs::copy(data(), elsewhere, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  const fs::path run = workspace() / "elsewhere/run", moved = workspace() / "elsewhere/moved";
  const Arguments arguments{"run",   recipe().string(), "--data-dir", elsewhere.string(),
                            "--out", run.string()};
  ASSERT_EQ(lucie(arguments).exit_code, 0);
  expect_same_runs(run, undisturbed());
  fs::rename(run, moved);
  EXPECT_TRUE(fs::exists(moved / "base/config.json")) << "links are relative";
  const Outcome again = lucie(run_into(moved));
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(count(again.err, ": already done"), kStages.size()) << again.err;
}

TEST(Run, another_setting_makes_only_what_depends_on_it) {
  const fs::path run = workspace() / "settings";
  ASSERT_EQ(lucie(run_into(run)).exit_code, 0);
  const Outcome other = lucie(run_into(run, {"--set", "quantize=[q5_0]"}));
  ASSERT_EQ(other.exit_code, 0) << other.err;
  for (const char* stage : {"corpus", "tokenizer", "tokens", "pretrain", "base", "finetune"}) {
    EXPECT_EQ(count(other.err, std::string(stage) + ": already done"), 1u) << stage;
  }
  EXPECT_EQ(count(other.err, "gguf: already done"), 0u);
  EXPECT_TRUE(fs::exists(run / "gguf/lucie-micro-instruct-q5_0.gguf"));
  const Outcome back = lucie(run_into(run));
  ASSERT_EQ(back.exit_code, 0) << back.err;
  EXPECT_EQ(count(back.err, ": already done"), kStages.size()) << "nothing was overwritten";
  expect_same_runs(run, undisturbed());
}

TEST(Run, until_stops_after_that_stage_and_dry_run_only_tells) {
  const fs::path run = workspace() / "until";
  const Outcome some = lucie(run_into(run, {"--until", "tokens"}));
  ASSERT_EQ(some.exit_code, 0) << some.err;
  EXPECT_TRUE(fs::exists(run / "tokens/stats.json"));
  EXPECT_TRUE(stage_folder(run, "stages", "pretrain").empty());
  EXPECT_FALSE(fs::exists(run / "manifest.json"));
  const Outcome plan = lucie(run_into(run, {"--dry-run"}));
  ASSERT_EQ(plan.exit_code, 0) << plan.err;
  EXPECT_EQ(count(plan.out, "done  "), 3u) << plan.out;
  EXPECT_EQ(count(plan.out, "will run"), kStages.size() - 3) << plan.out;
  EXPECT_TRUE(stage_folder(run, "stages", "pretrain").empty());

  const fs::path none = workspace() / "not-begun";
  ASSERT_EQ(lucie(run_into(none, {"--dry-run"})).exit_code, 0);
  EXPECT_FALSE(fs::exists(none)) << "a dry run leaves nothing behind";
}

TEST(Run, trains_on_a_folder_of_ones_own_texts) {
  const fs::path run = workspace() / "mine", texts = data() / "texts";
  const Arguments base{"run", recipe().string(), "--out", run.string(), "--data", texts.string()};
  const Outcome unlicensed = lucie(base);
  EXPECT_EQ(unlicensed.exit_code, 2);
  EXPECT_NE(unlicensed.err.find("--licence"), std::string::npos) << unlicensed.err;
  Arguments licensed = base;
  licensed.insert(licensed.end(), {"--licence", "CC-BY-4.0", "--until", "base", "--set",
                                   "tokenizer.vocab_size=400"});
  const Outcome done = lucie(licensed);
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_TRUE(fs::exists(run / "base/model.safetensors"));
  EXPECT_NE(read_text(run / "tokens/stats.json").find("CC-BY-4.0"), std::string::npos);
  EXPECT_NE(read_text(run / "recipe.yaml").find("CC-BY-4.0"), std::string::npos);
}

// Files of plain prose without headings, in two languages and in none, and no word on languages.
fs::path folder_of_prose(int files) {
  const fs::path folder = workspace() / ("prose-" + std::to_string(files));
  fs::create_directories(folder);
  const std::vector<std::string> sentences[] = {
      {"the river rose in the night", "nobody had heard the bridge fall",
       "we walked to the market"},
      {"la rivi\xC3\xA8re est mont\xC3\xA9\x65 dans la nuit",
       "personne ne nous attendait \xC3\xA0 la gare", "le march\xC3\xA9 ouvrait avec le jour"},
      {"zqx vrrk tlpp wddj", "bnnq xxkt jjwz", "kkvr qqzt plmx"}};
  for (int file = 0; file < files; ++file) {
    const std::vector<std::string>& list = sentences[file % 3];
    std::ofstream text(folder / ("text" + std::to_string(file) + ".txt"));
    for (int i = 0; i < 240; ++i) {
      text << list[static_cast<std::size_t>(i * i + file) % list.size()] << ' ' << i * (file + 3)
           << (i % 9 == 8 ? ".\n\n" : ". ");
    }
  }
  return folder;
}

TEST(Run, goes_through_on_a_single_file_with_nothing_held_out) {
  const fs::path run = workspace() / "one-file";
  const Outcome done =
      lucie({"run", recipe().string(), "--out", run.string(), "--data", folder_of_prose(1).string(),
             "--licence", "CC0-1.0", "--set", "tokenizer.vocab_size=340"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_TRUE(fs::exists(run / "release/README.md"));
  EXPECT_NE(done.out.find("this model                       -\n"), std::string::npos) << done.out;
}

TEST(Run, holds_out_one_of_three_files_of_prose_and_fine_tunes_on_the_rest) {
  const fs::path run = workspace() / "three-files";
  const Outcome done =
      lucie({"run", recipe().string(), "--out", run.string(), "--data", folder_of_prose(3).string(),
             "--licence", "CC0-1.0", "--set", "tokenizer.vocab_size=340"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const Json stats = read_json(run / "corpus/stats.json");
  EXPECT_EQ(stats.at("holdout").at("total").at("documents").as_int(), 1);
  EXPECT_EQ(stats.at("train").at("total").at("documents").as_int(), 2);
  EXPECT_EQ(done.out.find("this model                       -\n"), std::string::npos) << done.out;
}

TEST(Run, two_at_a_time_on_one_folder_are_refused) {
  const fs::path run = workspace() / "twice";
  Child first(run_into(run));
  while (first.running() && stage_folder(run, "work", "pretrain").empty()) continue;
  ASSERT_TRUE(first.running());
  const Outcome second = lucie(run_into(run));
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_NE(second.err.find("another process works on this run"), std::string::npos) << second.err;
  EXPECT_EQ(first.wait().exit_code, 0);
  expect_same_runs(run, undisturbed());
}

}  // namespace
}  // namespace lucie::end_to_end
