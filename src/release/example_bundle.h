// For tests only: what a run leaves behind, small, and a bundle of it.
#pragma once

#include "base/base64.h"
#include "base/ed25519.h"
#include "base/test_files.h"
#include "base/thread_pool.h"
#include "release/bundle.h"
#include "release/example_results.h"
#include "run/stage.h"

namespace lucie {

inline ThreadPool& test_pool() {
  static ThreadPool threads(2);
  return threads;
}

inline void write_test_file(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  write_file_atomic(path, text);
}

// The file of a secret key as minisign -G -W writes it; `kdf` says how it is kept under a password.
inline std::string example_secret_key(const std::string& seed,
                                      const std::string& kdf = std::string(2, '\0'),
                                      const std::string& public_half = {}) {
  return "untrusted comment: minisign secret key\n" +
         to_base64("Ed" + kdf + "B2" + std::string(48, '\0') + "keynumid" + seed +
                   (public_half.empty() ? ed25519_public_key(seed) : public_half) +
                   std::string(32, '\0')) +
         "\n";
}

// A stage's record of the folder that it wrote.
inline PublishedStage example_stage(const std::string& name, const fs::path& dir) {
  Json made = Json::object();
  made["name"] = name;
  made["version"] = 1;
  made["key"] = "key of " + name;
  made["files"] = hash_tree(dir);
  made["hash"] = hash_of_tree(made.at("files"));
  return {name, made};
}

inline void write_example_checkpoint(const fs::path& dir, std::int64_t step) {
  write_test_file(dir / "model.safetensors", "masters at " + std::to_string(step));
  write_test_file(dir / "optimizer.safetensors", "moments at " + std::to_string(step));
  Json state = parse_json(R"({"version": 1, "data_hash": "plain hash of tokens",
    "history": {"steps": [], "evaluations": [], "phase_ends": [4, 9],
      "diary": [{"samples": [{"text": "what the model wrote"}]}]}})",
                          "state.json");
  state["step"] = step;
  state["sha256"] = hash_tree(dir);
  write_json(dir / "state.json", state);
}

// Below `folder`: the outputs of stages, all recorded, checkpoints of steps 4 and 9 at the ends of
// phases and 7 between them.
inline ReleaseInput example_input(const testing_base::Folder& folder) {
  for (const char* name : {"finetune/model", "base"}) {
    write_test_file(folder / name / "config.json", "{}\n");
    write_test_file(folder / name / "model.safetensors", "weights of " + std::string(name));
  }
  write_test_file(folder / "gguf/m-q8_0.gguf", "GGUF");
  write_test_file(folder / "tokenizer/tokenizer.json", "{}\n");
  write_test_file(folder / "card/data_card.md", "# Data card\n\n");
  write_test_file(folder / "eval/eval.json", "{}\n");
  for (const int step : {4, 7, 9}) {
    write_example_checkpoint(folder / ("pretrain/checkpoints/step-0000000" + std::to_string(step)),
                             step);
  }
  ReleaseInput input;
  input.recipe = parse_yaml(example_recipe_text(), "recipe.yaml");
  input.results = example_results();
  input.corpus_stats = example_stats();
  input.program = "lucie.cpp 0.1.0";
  input.instruct = folder / "finetune/model";
  input.base = folder / "base";
  input.gguf = folder / "gguf";
  input.tokenizer = folder / "tokenizer";
  input.checkpoints = folder / "pretrain/checkpoints";
  input.card = folder / "card";
  input.evaluation = {folder / "eval"};
  for (const char* name : {"tokenizer", "base", "finetune", "gguf", "eval", "pretrain"}) {
    input.stages.push_back(example_stage(name, folder / name));
  }
  return input;
}

}  // namespace lucie
