// lucie bench: operations against the machine's roofs, training steps, and a model's prompt and
// generation speed.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "base/error.h"
#include "base/json.h"
#include "base/rng.h"
#include "base/text.h"
#include "cli/bench_model.h"
#include "cli/command.h"
#include "pipeline/pipeline.h"
#include "pipeline/training.h"
#include "tensor/bench.h"
#include "tensor/op_trace.h"
#include "train/plan.h"

namespace lucie {
namespace {

struct Options {
  std::string what, filter, profile;
  std::int64_t steps = 5;
  ModelBenchOptions model;
};

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void print_row(const Json& row) {
  for (const auto& [key, value] : row.members()) {
    std::printf("%-24s %s\n", key.c_str(),
                value.is_string() ? value.as_string().c_str() : value.dump().c_str());
  }
}

// Tokens that no document has: speed does not depend on them.
class RandomSamples : public SampleSource {
 public:
  explicit RandomSamples(std::int64_t vocabulary)
      : vocabulary_(static_cast<std::uint64_t>(vocabulary)) {}
  std::uint64_t samples() const override { return 1 << 20; }
  void read(std::uint64_t index, std::span<std::int32_t> ids,
            std::span<std::int32_t> targets) const override {
    Rng rng(1, "bench", index);
    for (auto& id : ids) id = static_cast<std::int32_t>(rng.below(vocabulary_));
    std::copy(ids.begin() + 1, ids.end(), targets.begin());
    targets.back() = ids.front();
  }

 private:
  std::uint64_t vocabulary_;
};

// One step, operation by operation: into a file for Chrome, and by name on the screen.
void profile_step(Context& ctx, const std::string& path, const std::function<void()>& step) {
  OpTrace trace(ctx);
  const double whole = seconds_of(step);
  write_json(path, trace.chrome_trace());
  std::fprintf(stderr, "%-24s %9s %7s %10s %10s\n", "operation", "ms", "share", "GFLOP/s", "GB/s");
  for (const OpEvent& op : trace.totals()) {
    std::fprintf(stderr, "%-24s %9.3f %6.1f%% %10.1f %10.1f\n", op.name.c_str(), op.seconds * 1e3,
                 100 * op.seconds / whole, op.flops / op.seconds * 1e-9,
                 op.bytes / op.seconds * 1e-9);
  }
}

Json bench_training(Context& ctx, const Options& options) {
  RunOptions run;
  run.recipe = options.what;
  const Recipe recipe = resolve_recipe(run, ctx.device());
  const std::int64_t vocabulary = recipe.section("tokenizer").get("vocab_size", 4096);
  const ModelConfig config = model_config(recipe, vocabulary);
  const PhaseSettings phase = train_settings(recipe.section("train")).phases.front();
  const DType compute = compute_type(recipe);
  const double peak = measure_matmul_peak(ctx, compute);
  Trainer trainer(ctx, config,
                  fresh_optimizer(ctx, make_initial(ctx, config, recipe.seed(), DType::kF32)),
                  compute);
  const RandomSamples samples(config.vocab_size);
  const auto step = [&](std::int64_t i) {
    const auto first = static_cast<std::uint64_t>(i * phase.global_batch_size);
    trainer.step(ctx, samples, first, phase.global_batch_size, phase, 1e-4);
  };
  std::vector<double> times;
  for (std::int64_t i = 0; i <= options.steps; ++i) {
    const double seconds = seconds_of([&] { step(i); });
    if (i > 0) times.push_back(seconds);  // the first step touches its memory and warms caches
  }
  if (!options.profile.empty()) {
    profile_step(ctx, options.profile, [&] { step(options.steps + 1); });
  }
  const double tokens = static_cast<double>(phase.global_batch_size * phase.sequence_length);
  const double rate = tokens / median(times);
  const double flops = rate * training_flops_per_token(config, phase.sequence_length);
  Json row = Json::object();
  row["recipe"] = recipe.name();
  row["parameters"] = parameter_count(config);
  row["precision"] = dtype_info(compute).name;
  row["tokens_per_s"] = rate;
  row["gflop_per_s"] = flops * 1e-9;
  row["matmul_peak_gflop_per_s"] = peak * 1e-9;
  row["share_of_peak"] = flops / peak;
  return row;
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

void check(const Options& options, bool is_recipe) {
  if (options.steps < 1) fail(ErrorCode::kInvalidArgument, "must be at least 1", "--steps");
  if (!options.profile.empty() && !is_recipe) {
    fail(ErrorCode::kInvalidArgument, "only a training step has a profile", "--profile",
         "give a recipe instead of " + options.what);
  }
}

int bench(const Options& options) {
  const bool is_recipe = fs::path(options.what).extension() == ".yaml";
  check(options, is_recipe);
  ThreadPool pool(static_cast<int>(common_options().threads));
  Context ctx(make_device(), pool);
  std::fprintf(stderr, "%s\n", version_text().c_str());
  if (options.what != "ops" && !is_recipe) {
    bench_model(ctx, options.what, options.model);
    return 0;
  }
  const Json result = is_recipe ? bench_training(ctx, options) : bench_operations(ctx, options);
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
              "lucie bench recipes/small.yaml\n"
              "lucie bench models/SmolLM2-135M-Instruct.Q4_1.gguf",
          .arguments = {{"WHAT", &options->what, "'ops', a recipe (training) or a model", true},
                        {"--filter", &options->filter, "only operations whose name contains this"},
                        {"--steps", &options->steps, "training steps to time"},
                        {"--profile", &options->profile,
                         "write one training step's operations here, for chrome://tracing"},
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
