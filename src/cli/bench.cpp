// lucie bench: operations against the machine's roofs, training steps, and a model's prompt and
// generation speed.
#include <cstdio>

#include "base/error.h"
#include "base/json.h"
#include "cli/bench_model.h"
#include "cli/bench_training.h"
#include "cli/command.h"
#include "cli/idle_flags.h"
#include "tensor/bench.h"

namespace lucie {
namespace {

struct Options {
  std::string what, recipe, filter;
  TrainingBenchOptions training;
  ModelBenchOptions model;
};

void print_row(const Json& row) {
  for (const auto& [key, value] : row.members()) {
    std::printf("%-24s %s\n", key.c_str(),
                value.is_string() ? value.as_string().c_str() : value.dump().c_str());
  }
}

Json bench_operations(Context& ctx, const Options& options) {
  Json rows = Json::array();
  if (!common_options().json) {
    std::printf("%-44s %10s %10s %8s %10s %7s\n", "operation", "GFLOP/s", "GB/s", "of roof", "ms",
                "spread");
  }
  for (const BenchResult& r : run_op_benchmarks(ctx, options.filter)) {
    if (!common_options().json) {
      std::printf("%-44s %10.1f %10.1f %7.0f%% %10.3f %6.0f%%\n", r.name.c_str(), r.gflops,
                  r.gbytes_per_s, 100 * r.share_of_roof, r.median_ms, 100 * r.spread);
    }
    Json row = Json::object();
    row["name"] = r.name;
    row["gflop_per_s"] = r.gflops;
    row["gb_per_s"] = r.gbytes_per_s;
    row["share_of_roof"] = r.share_of_roof;
    row["median_ms"] = r.median_ms;
    row["spread"] = r.spread;
    rows.push_back(row);
  }
  return rows;
}

// The recipe that is trained, empty when none is: `train RECIPE`, or a recipe alone.
std::string trained_recipe(const Options& options) {
  if (options.what == "train") {
    if (options.recipe.empty()) {
      fail(ErrorCode::kInvalidArgument, "no recipe given", "lucie bench train",
           "lucie bench train recipes/tiny.yaml");
    }
    return options.recipe;
  }
  if (!options.recipe.empty()) {
    fail(ErrorCode::kInvalidArgument, "'" + options.recipe + "' is one argument too many", {},
         "lucie bench train " + options.recipe);
  }
  return fs::path(options.what).extension() == ".yaml" ? options.what : "";
}

void check(const Options& options, bool is_recipe) {
  const TrainingBenchOptions& training = options.training;
  const ModelBenchOptions &model = options.model, usual;
  const bool is_ops = !is_recipe && options.what == "ops", is_model = !is_recipe && !is_ops;
  refuse_idle_flags(
      {{!is_ops && !options.filter.empty(), "--filter", "'ops'"},
       {!is_recipe && training.steps != TrainingBenchOptions().steps, "--steps", "a recipe"},
       {!is_recipe && !training.profile.empty(), "--profile", "a recipe"},
       {!is_recipe && !training.sets.empty(), "--set", "a recipe"},
       {!is_model && model.prompt != usual.prompt, "--n-prompt", "a model"},
       {!is_model && model.answer != usual.answer, "--n-gen", "a model"},
       {!is_model && model.repetitions != usual.repetitions, "--repetitions", "a model"},
       {!is_model && model.cache_type != usual.cache_type, "--cache-type", "a model"},
       {!is_model && model.exact, "--exact", "a model"}});
  if (training.steps < 1) fail(ErrorCode::kInvalidArgument, "must be at least 1", "--steps");
}

int bench(const Options& options) {
  const std::string recipe = trained_recipe(options);
  const bool is_recipe = !recipe.empty();
  check(options, is_recipe);
  ThreadPool pool(static_cast<int>(common_options().threads));
  Context ctx(make_device(), pool);
  std::fprintf(stderr, "%s\n", version_text().c_str());
  if (options.what != "ops" && !is_recipe) {
    bench_model(ctx, options.what, options.model);
    return 0;
  }
  const Json result =
      is_recipe ? bench_training(ctx, recipe, options.training) : bench_operations(ctx, options);
  if (common_options().json) {
    std::printf("%s\n", result.dump(2).c_str());
  } else if (result.is_object()) {
    print_row(result);
  }
  return 0;
}

}  // namespace

Command bench_command() {
  auto options = std::make_shared<Options>();
  return {.group = "Machine",
          .name = "bench",
          .summary = "speed against the machine's roofs: operations, training, generation",
          .examples =
              "lucie bench ops --filter matmul\n"
              "lucie bench train recipes/small.yaml\n"
              "lucie bench models/SmolLM2-135M-Instruct.Q4_1.gguf",
          .arguments = {{"WHAT", &options->what,
                         "'ops', 'train' with a recipe, a recipe, or a model", true},
                        {"RECIPE", &options->recipe, "what 'train' trains"},
                        {"--filter", &options->filter, "only operations whose name contains this"},
                        {"--steps", &options->training.steps, "training steps to time"},
                        {"--profile", &options->training.profile,
                         "write one training step's operations here, for chrome://tracing"},
                        {"--set", &options->training.sets, "override a recipe key"},
                        {"-p,--n-prompt", &options->model.prompt, "tokens of a prompt (0: none)"},
                        {"-n,--n-gen", &options->model.answer, "tokens to generate (0: none)"},
                        {"-r,--repetitions", &options->model.repetitions,
                         "runs that mean and deviation are of"},
                        {"--cache-type,--cache-type-k", &options->model.cache_type,
                         "keys and values in f32, f16, bf16, q8_0 or q4_0"},
                        {"--exact", &options->model.exact, "never round activations"}},
          .run = [options] { return bench(*options); },
          .state = options};
}

}  // namespace lucie
