#include "pipeline/finished_run.h"

#include "base/error.h"
#include "pipeline/results.h"

namespace lucie {

FinishedRun open_run(const fs::path& path) {
  const fs::path file = path / "manifest.json";
  if (!fs::exists(file)) {
    fail(ErrorCode::kNotFound, "not a complete run: it has no manifest.json", path.string(),
         "run it to its end with lucie run");
  }
  FinishedRun run{
      path, recipe_from_json(read_yaml(path / "recipe.yaml"), path / "recipe.yaml"), {}};
  const Json manifest = read_json(file);
  for (const Json& stage : manifest.at("stages").items()) {
    const fs::path below = stage.at("path").as_string();
    if (!stays_inside(below)) {
      fail(ErrorCode::kCorrupt, "the path leads out of the run: " + below.string(), file.string());
    }
    run.stages.push_back(
        {stage.at("name").as_string(), path / below, stage.at("hash").as_string()});
  }
  return run;
}

ReleaseInput release_input(const Recipe& recipe, const std::string& program,
                           const std::vector<StageInput>& stages) {
  const auto at = [&](std::string_view name) { return output_of(stages, name); };
  ReleaseInput input;
  input.recipe = recipe.root;
  input.results = collect_results(recipe, stages);
  input.corpus_stats = read_json(at("corpus") / "stats.json");
  input.program = program;
  for (const StageInput& stage : stages) {
    if (stage.name == "release") continue;
    input.stages.push_back({stage.name, read_json(stage.path / "stage.json")});
  }
  input.instruct = at("finetune") / "model";
  input.base = at("base");
  input.gguf = at("gguf");
  input.tokenizer = at("tokenizer");
  input.corpus = at("corpus");
  input.checkpoints = at("pretrain") / "checkpoints";
  input.card = at("card");
  input.evaluation = {at("eval"), at("baselines")};
  return input;
}

namespace {

// What `lucie trace --generations` measured of a model of this run; of one that has been made anew
// since then it says nothing.
void add_generations(const FinishedRun& run, Json* results) {
  const fs::path file = run.path / "index/generations.json";
  if (!fs::exists(file)) return;
  const Json report = read_json(file);
  const std::string model = report.get("model", "");
  for (const StageInput& stage : run.stages) {
    const std::string made = stage.path.lexically_relative(run.path).generic_string();
    if (model == made || model.starts_with(made + "/")) (*results)["generations"] = report;
  }
}

}  // namespace

void release_run(const fs::path& path, const std::string& program,
                 const std::optional<SecretKey>& sign_key, const fs::path& out, ThreadPool& pool) {
  const FinishedRun run = open_run(path);
  release_settings(run.recipe.root);
  for (const StageInput& stage : run.stages) check_stage_output(stage.path);
  ReleaseInput input = release_input(run.recipe, program, run.stages);
  const Json measured = read_json(path / "results.json");
  for (const char* key : {"timing", "energy", "summary"}) {
    if (const Json* value = measured.find(key)) input.results[key] = *value;
  }
  add_generations(run, &input.results);
  if (fs::exists(path / "metrics.jsonl")) input.metrics = path / "metrics.jsonl";
  input.sign_key = sign_key;
  write_release(input, out, pool);
}

}  // namespace lucie
