// Wrong settings, damaged files, full disks: a clear error with place and hint, nothing
// half-written, and a run that completes once the cause is gone.
#include <gtest/gtest.h>

#include <fstream>

#include "base/stream.h"
#include "end_to_end/harness.h"

namespace lucie::end_to_end {
namespace {

void expect_error(const Outcome& outcome, int code, const std::vector<std::string>& words) {
  EXPECT_EQ(outcome.exit_code, code) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  for (const std::string& word : words) {
    EXPECT_NE(outcome.err.find(word), std::string::npos) << "'" << word << "' in: " << outcome.err;
  }
}

fs::path write_recipe(const std::string& name, const std::string& from, const std::string& to) {
  std::string text = read_text(recipe());
  const std::size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  const fs::path path = workspace() / (name + ".yaml");
  std::ofstream(path) << text.replace(at, from.size(), to);
  return path;
}

TEST(Recipe, an_unknown_key_is_an_error_with_its_line_and_the_nearest_name) {
  struct Case {
    const char *from, *to, *named;
  };
  const Case cases[] = {
      {"\nquantize:", "\nquantise:", "quantize"},
      {"hidden_size:", "hiden_size:", "hidden_size"},
      {"global_batch_size: 4, train", "globl_batch_size: 4, train", "global_batch_size"},
      {"clip_grad:", "clip_gard:", "clip_grad"},
      {"package: fixture-code, language: code", "packge: x, language: code", "package"},
      {"holdout:", "holdouts:", "holdout"},
      {"vocab_size: 600", "vocabsize: 600", "vocab_size"},
      {"eval: {tasks:", "eval: {task:", "tasks"},
      {"policy:", "polcy:", "policy"},
      {"mixture: {language", "mixture: {langage", "language"},
      {"max_dialogues:", "max_dialogs:", "max_dialogues"},
      {"epochs:", "epoch:", "epochs"}};
  for (const Case& test : cases) {
    const fs::path path = write_recipe("unknown-key", test.from, test.to);
    const fs::path run = workspace() / "unknown-key";
    const std::string hint = "did you mean '" + std::string(test.named) + "'?";
    expect_error(
        lucie({"run", path.string(), "--data-dir", data().string(), "--out", run.string()}), 2,
        {"unknown", hint, "unknown-key.yaml:"});
    EXPECT_FALSE(fs::exists(run)) << test.to;
  }
}

TEST(Recipe, a_bad_value_is_refused_before_any_work) {
  const fs::path run = workspace() / "bad-value";
  for (const auto& [assignment, word] : std::map<std::string, std::string>{
           {"train.phases.0.schedule=cosin", "unknown schedule"},
           {"train.phases.9.schedule=cosine", "does not pick one of 3"},
           {"train.phases.0.global_batch_size=3", "must divide"},
           {"train.phases.0.sequence_length=0", "at least 1"},
           {"train.optimizer.learning_rate=fast", "a number"},
           {"model.num_key_value_heads=3", "must divide"},
           {"quantize=[q9_9]", "unknown type 'q9_9'"},
           {"tokenizer.design=gpt2", "tokenizer design"},
           {"corpus.holdout.share=2", "between 0 and 1"},
           {"sources.0.terms=free", "unknown terms"},
           {"sources.0.reader=pdf", "unknown reader"},
           {"train", "KEY.KEY=VALUE"},
           {"seed=[1", "invalid YAML"}}) {
    const Outcome outcome = lucie(run_into(run, {"--set", assignment}));
    EXPECT_NE(outcome.exit_code, 0) << assignment;
    EXPECT_NE(outcome.err.find(word), std::string::npos) << assignment << ": " << outcome.err;
    EXPECT_TRUE(stage_folder(run, "work", "corpus").empty()) << assignment;
  }
  expect_error(lucie(run_into(run, {"--until", "pretran"})), 2, {"did you mean 'pretrain'?"});
  expect_error(lucie(run_into(run, {"--outt", "x"})), 2, {"did you mean '--out'?"});
  expect_error(lucie({"run", "nowhere.yaml", "--out", run.string()}), 1, {"no such recipe"});
}

TEST(Sources, a_missing_package_and_a_corrupt_one_are_named) {
  const fs::path run = workspace() / "no-data";
  const Outcome none = lucie({"run", recipe().string(), "--data-dir",
                              (workspace() / "nothing").string(), "--out", run.string()});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_NE(none.err.find("nothing"), std::string::npos) << none.err;

  const fs::path copy = workspace() / "corrupt-data";
  fs::copy(data(), copy, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  for (const auto& entry : fs::recursive_directory_iterator(copy / "debian/fixture-man")) {
    if (entry.path().extension() != ".gz") continue;
    fs::resize_file(entry.path(), fs::file_size(entry.path()) / 2);
  }
  const fs::path skipping = workspace() / "corrupt-run";
  const Outcome done = lucie({"run", recipe().string(), "--data-dir", copy.string(), "--out",
                              skipping.string(), "--until", "corpus"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const std::string verdicts = read_decompressed(skipping / "corpus/verdicts.jsonl.zst");
  EXPECT_NE(verdicts.find("the compressed data ends too early"), std::string::npos);
}

TEST(Damage, of_a_checkpoint_is_found_and_the_one_before_takes_over) {
  const fs::path run = workspace() / "damaged-checkpoint";
  Child child(run_into(run));
  ASSERT_TRUE(child.kill_when([&] {
    const fs::path work = stage_folder(run, "work", "pretrain");
    return !work.empty() && fs::exists(work / "checkpoints/step-00000012/state.json");
  }));
  fs::path newest;
  for (const auto& entry :
       fs::directory_iterator(stage_folder(run, "work", "pretrain") / "checkpoints")) {
    if (entry.path().filename().string().starts_with("step-")) {
      newest = std::max(newest, entry.path());
    }
  }
  for (const char* name : {"model.safetensors", "optimizer.safetensors", "state.json"}) {
    const fs::path file = newest / name;
    const std::string whole = read_text(file);
    damage(file, whole.size() / 2);
    if (std::string(name) != "state.json") {
      expect_error(lucie(run_into(run)), 1, {name, newest.string(), "SHA-256 differs", "hint:"});
    }
    fs::resize_file(file, whole.size() / 2);
    expect_error(lucie(run_into(run)), 1, {name, newest.string()});
    std::ofstream(file, std::ios::binary) << whole;
  }
  fs::remove_all(newest);
  const Outcome last = lucie(run_into(run));
  ASSERT_EQ(last.exit_code, 0) << last.err;
  EXPECT_EQ(manifest(run), manifest(undisturbed()));
}

TEST(Damage, of_any_file_that_a_stage_reads_is_found) {
  const fs::path run = workspace() / "damaged-tokens";
  ASSERT_EQ(lucie(run_into(run, {"--until", "tokens"})).exit_code, 0);
  for (const char* name : {"tokens/train/fr.bin", "tokens/train/fr.idx", "tokens/train/fr.docs",
                           "tokenizer/tokenizer.json"}) {
    const fs::path file = fs::canonical(run / name);
    damage(file, fs::file_size(file) / 2);
    expect_error(lucie(run_into(run)), 1,
                 {file.filename().string(), "not what its stage wrote", "delete"});
    damage(file, fs::file_size(file) / 2);
  }
  fs::remove(fs::canonical(run / "tokens/train/fr.docs"));
  expect_error(lucie(run_into(run)), 1, {"fr.docs", "not what its stage wrote"});
  fs::remove_all(stage_folder(run, "stages", "tokens"));
  const Outcome last = lucie(run_into(run));
  ASSERT_EQ(last.exit_code, 0) << last.err;
  EXPECT_EQ(manifest(run), manifest(undisturbed()));
}

TEST(Disk, full_at_any_time_is_an_error_after_which_the_run_goes_on) {
  const fs::path run = workspace() / "full-disk";
  int failures = 0;
  Outcome last;
  for (long long bytes = 2'000; bytes < 1'000'000'000; bytes = bytes * 3 / 2) {
    last = lucie(run_into(run), {.environment = {{"LD_PRELOAD", LUCIE_FAULTS},
                                                 {"LUCIE_FAULT_DISK_BYTES", std::to_string(bytes)}},
                                 .input = {}});
    if (last.exit_code == 0) break;
    ++failures;
    expect_error(last, 1, {"No space left on device", run.string()});
    if (fs::exists(run / "stages")) {
      EXPECT_EQ(half_written(run), std::vector<std::string>());
    }
  }
  ASSERT_EQ(last.exit_code, 0) << last.err;
  EXPECT_GT(failures, 5);
  EXPECT_EQ(manifest(run), manifest(undisturbed()));
}

TEST(Disk, a_limit_on_file_sizes_is_an_error_and_not_the_end) {
  const fs::path run = workspace() / "small-files";
  const Outcome failed =
      lucie(run_into(run), {.environment = {}, .input = {}, .largest_file = 20'000});
  expect_error(failed, 1, {"File too large", run.string()});
  EXPECT_EQ(half_written(run), std::vector<std::string>());
  const Outcome last = lucie(run_into(run));
  ASSERT_EQ(last.exit_code, 0) << last.err;
  EXPECT_EQ(manifest(run), manifest(undisturbed()));
}

}  // namespace
}  // namespace lucie::end_to_end
