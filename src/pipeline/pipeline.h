// `lucie run`: the stages from sources to release, and what each reads of the recipe.
//
//   corpus -> tokenizer -> tokens -> pretrain -> base
//   instructions -> finetune -> gguf -> baselines -> eval -> card -> release
//
// A recipe with `base`, a model, trains nothing: it has the stage gguf alone, of that model.
//
// Every stage is a function of its settings and its inputs' hashes (run/stage.h). All sections of
// the recipe are checked before the first stage runs.
#pragma once

#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "run/recipe.h"
#include "run/stage.h"
#include "tensor/context.h"

namespace lucie {

struct RunOptions {
  fs::path recipe;
  fs::path out;
  fs::path data_dir = "data";          // where scripts/get-corpus.sh unpacked packages
  std::vector<std::string> overrides;  // --set
  fs::path own_data;                   // --data: a folder of .txt, .md, .jsonl instead of sources
  std::string own_licence;             // its SPDX licence
  std::string until;                   // last stage to run; empty: all
  std::string program;                 // "lucie.cpp 0.1.0", for what is published
};

// What stages share. Lives as long as the run.
struct PipelineContext {
  Recipe recipe;
  fs::path data_dir, run;
  Context& ctx;
  DType compute;  // `train.precision`, resolved
  std::string program;
};

// Below the release stage's output: what is published, without the stage's own record.
inline constexpr const char* kBundleFolder = "bundle";

// All stages in order. Reading every section: bad ones throw Error{kInvalidArgument} here.
std::vector<Stage> make_stages(const PipelineContext& p);

// The recipe with --set and --data applied and `auto` resolved: once, when the run is made.
Recipe resolve_recipe(const RunOptions& options, const Device& device);
DType compute_type(const Recipe& recipe);
std::string numeric_mode(const Recipe& recipe, const Device& device);

// Runs what is missing and returns results.json's value (null before the eval stage is done).
Json run_pipeline(const RunOptions& options, Context& ctx);
// What run_pipeline would do, a line per stage.
std::string describe_plan(const RunOptions& options, Context& ctx);

// One per file.
Stage corpus_stage(const PipelineContext& p);
Stage tokenizer_stage(const PipelineContext& p);
Stage tokens_stage(const PipelineContext& p);
Stage pretrain_stage(const PipelineContext& p);
Stage base_stage(const PipelineContext& p);
Stage instructions_stage(const PipelineContext& p);
Stage finetune_stage(const PipelineContext& p);
Stage gguf_stage(const PipelineContext& p);
Stage compress_stage(const PipelineContext& p);  // gguf of a recipe with `base`
Stage baselines_stage(const PipelineContext& p);
Stage eval_stage(const PipelineContext& p);
Stage card_stage(const PipelineContext& p);
Stage release_stage(const PipelineContext& p);

}  // namespace lucie
