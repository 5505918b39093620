#include "pipeline/pipeline.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "pipeline/mixture_report.h"
#include "pipeline/results.h"
#include "release/settings.h"
#include "train/settings.h"

namespace lucie {
namespace {

// Nobody was asked about the text: what is known is said, what is not is said not to be stated. It
// is the only source, so it must also teach the vocabulary and give the dialogues.
void describe_own_data(Json* source) {
  (*source)["obtained"] = "texts of whoever trained the model, in a folder of theirs";
  (*source)["also_for"] = Json(Json::Array{"vocabulary", "dialogues"});
  Json& description = (*source)["description"];
  description["provenance"] = "texts of whoever trained the model";
  description["selection"] = "all text files of the folder given with --data";
  for (const char* key : {"scope", "characteristics", "labelling", "processing"}) {
    description[key] = "not stated";
  }
}

// One source of the user's own texts in place of the recipe's; proportions are then those of the
// texts.
void use_own_data(Json& root, const RunOptions& options) {
  if (!fs::is_directory(options.own_data)) {
    fail(ErrorCode::kNotFound, "no such folder", "--data " + options.own_data.string(),
         "give a folder of .txt, .md or .jsonl files");
  }
  if (options.own_licence.empty()) {
    fail(ErrorCode::kInvalidArgument, "under which licence are your texts?", "--licence",
         "an SPDX id such as CC-BY-4.0, or LicenseRef-private");
  }
  Json source = Json::object();
  source["id"] = "mine";
  source["reader"] = "text";
  source["path"] = fs::absolute(options.own_data).lexically_normal().string();
  source["licence"] = options.own_licence;
  const bool shareable = !options.own_licence.starts_with("LicenseRef-");
  source["terms"] = shareable ? "open" : "unshareable";
  if (!shareable) describe_own_data(&source);
  root["sources"] = Json(Json::Array{source});
  root.erase("mixture");
  Json& phases = root["train"]["phases"];
  if (!phases.is_array()) return;  // which is refused elsewhere
  for (Json& phase : phases.items()) phase.erase("mixture");
}

void check_until(const std::vector<Stage>& stages, const std::string& until) {
  std::vector<std::string> names;
  for (const Stage& stage : stages) names.push_back(stage.name);
  if (until.empty() || std::find(names.begin(), names.end(), until) != names.end()) return;
  const std::string guess = did_you_mean(until, names);
  fail(ErrorCode::kInvalidArgument, "no stage '" + until + "'", "--until",
       guess.empty() ? "stages: " + join(names, ", ") : guess);
}

// The plain names under which people look: RUN/corpus, RUN/base, ...
void link_outputs(const RunDirectory& run) {
  const auto link = [&](const char* stage, const char* name, const char* below) {
    for (const StageResult& made : run.results()) {
      if (made.name == stage) run.link(name, made.path / below);
    }
  };
  for (const char* name :
       {"corpus", "tokenizer", "tokens", "instructions", "baselines", "eval", "card"}) {
    link(name, name, "");
  }
  link("pretrain", "checkpoints", "checkpoints");
  link("base", "base", "");
  link("finetune", "instruct", "model");
  link("gguf", "gguf", "");
  link("release", "release", kBundleFolder);
}

bool is_compression(const Recipe& recipe) {
  return recipe.root.find("base") != nullptr;
}

}  // namespace

std::vector<Stage> make_stages(const PipelineContext& p) {
  if (is_compression(p.recipe)) return {compress_stage(p)};
  return {corpus_stage(p),    tokenizer_stage(p),    tokens_stage(p),   pretrain_stage(p),
          base_stage(p),      instructions_stage(p), finetune_stage(p), gguf_stage(p),
          baselines_stage(p), eval_stage(p),         card_stage(p),     release_stage(p)};
}

// A paper beside the recipe is found from anywhere, also when the run is released once more.
void find_paper(const Recipe& recipe, Json* release) {
  const std::string paper = release->get("paper", "");
  if (paper.empty() || is_address(paper)) return;
  const fs::path file = fs::absolute(recipe.path.parent_path() / paper).lexically_normal();
  if (!fs::is_regular_file(file)) {
    fail(ErrorCode::kNotFound, "no such file: " + file.string(),
         release_place(recipe.root, "paper"), "a file, from the recipe's folder on, or an address");
  }
  (*release)["paper"] = file.string();
}

Recipe resolve_recipe(const RunOptions& options, const Device& device) {
  Recipe recipe = load_recipe(options.recipe, options.overrides);
  if (recipe.root.find("release") != nullptr) find_paper(recipe, &recipe.root["release"]);
  if (!options.own_data.empty()) use_own_data(recipe.root, options);
  if (is_compression(recipe)) return recipe;
  Json& train = recipe.root["train"];
  if (train.get("precision", "auto") == "auto") {
    // A run that was begun keeps what it chose, whatever machine goes on with it.
    const fs::path begun = options.out / "recipe.yaml";
    const std::string chosen =
        fs::exists(begun) ? read_yaml(begun).at("train").get("precision", "auto") : "auto";
    train["precision"] = chosen != "auto" ? chosen : device.prefers_bf16() ? "bf16" : "fp32";
  }
  return recipe;
}

DType compute_type(const Recipe& recipe) {
  if (is_compression(recipe)) return DType::kF32;
  return train_settings(recipe.section("train")).precision == Precision::kBf16 ? DType::kBF16
                                                                               : DType::kF32;
}

std::string numeric_mode(const Recipe& recipe, const Device& device) {
  return recipe.section("train").get("precision", "") + " on " + device.description();
}

Json run_pipeline(const RunOptions& options, Context& ctx) {
  const Recipe recipe = resolve_recipe(options, ctx.device());
  const PipelineContext p{recipe, options.data_dir,     options.out,
                          ctx,    compute_type(recipe), options.program};
  const std::vector<Stage> stages = make_stages(p);
  check_until(stages, options.until);
  RunDirectory run(options.out);
  write_file_atomic(options.out / "recipe.yaml", dump_yaml(recipe.root));
  const std::string mode = numeric_mode(recipe, ctx.device());
  for (const Stage& stage : stages) {
    const StageResult& made = run.run(stage, mode);
    link_outputs(run);
    if (!made.reused) {
      log_info(made.name + ": done in " + human_seconds(made.seconds) + " (" +
               made.path.filename().string() + ")");
    }
    if (stage.name == options.until) return Json();
  }
  run.write_manifest(recipe.root);
  if (is_compression(recipe)) return Json();
  return finish_results(p, run);
}

std::string describe_plan(const RunOptions& options, Context& ctx) {
  const Recipe recipe = resolve_recipe(options, ctx.device());
  const PipelineContext p{recipe, options.data_dir,     options.out,
                          ctx,    compute_type(recipe), options.program};
  const std::vector<Stage> stages = make_stages(p);
  check_until(stages, options.until);
  std::optional<RunDirectory> run;  // none is made
  if (fs::exists(options.out)) run.emplace(options.out);
  const std::string mode = numeric_mode(recipe, ctx.device());
  std::string text, mixture;
  bool known = run.has_value();  // keys of later stages need the hashes of earlier ones
  for (const Stage& stage : stages) {
    StageResult result;
    if (known) result = run->look(stage, mode);
    text += stage.name + std::string(std::max<std::size_t>(1, 14 - stage.name.size()), ' ');
    text += result.reused ? "done      " : "will run  ";
    text += (known ? result.path.filename().string() : "") + "\n";
    if (stage.name == "tokens" && result.reused) {
      mixture = mixture_text(mixture_tables(recipe, read_json(result.path / "stats.json")));
    }
    known = known && result.reused;
    if (known) run->run(stage, mode);
    if (stage.name == options.until) break;
  }
  return text + mixture;
}

}  // namespace lucie
