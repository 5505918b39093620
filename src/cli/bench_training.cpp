#include "cli/bench_training.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>

#include "base/machine_memory.h"
#include "base/rng.h"
#include "pipeline/pipeline.h"
#include "pipeline/training.h"
#include "tensor/bench.h"
#include "tensor/op_trace.h"
#include "train/plan.h"
#include "train/trainer.h"

namespace lucie {
namespace {

constexpr std::int64_t kRepetitions = 5;  // groups of steps with the peak measured after each

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
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

struct Speed {
  double step_s;  // median
  double peak;    // FLOP/s, median
  double share;   // of the peak measured beside each group of steps, median
};

// The peak is measured between the repetitions: when others take the processor, the share still
// says something.
Speed measure(const std::function<void()>& step, std::int64_t steps, double flops,
              const std::function<double()>& measure_peak) {
  const std::int64_t groups = std::min(steps, kRepetitions);
  std::vector<double> all, peaks{measure_peak()}, shares;
  for (std::int64_t group = 0; group < groups; ++group) {
    std::vector<double> times;
    for (std::int64_t i = group * steps / groups; i < (group + 1) * steps / groups; ++i) {
      times.push_back(seconds_of(step));
    }
    peaks.push_back(measure_peak());
    const double around = (peaks[peaks.size() - 2] + peaks.back()) / 2;
    shares.push_back(flops / median(times) / around);
    all.insert(all.end(), times.begin(), times.end());
  }
  return {median(all), median(peaks), median(shares)};
}

}  // namespace

Json bench_training(Context& ctx, const std::string& path, const TrainingBenchOptions& options) {
  RunOptions run;
  run.recipe = path;
  run.overrides = options.sets;
  const Recipe recipe = resolve_recipe(run, ctx.device());
  const std::int64_t vocabulary = recipe.section("tokenizer").get("vocab_size", 4096);
  const ModelConfig config = model_config(recipe, vocabulary);
  TrainSettings settings = train_settings(recipe.section("train"));
  const PhaseSettings phase = settings.phases.front();
  settings.phases = {phase};
  const DType compute = compute_type(recipe);
  const MemoryPlan plan = fit_memory({config, compute, ctx.device(), ctx.pool().size()}, settings,
                                     memory_budget(settings));
  const std::size_t planned = resident_memory() + plan.total();
  reset_peak_resident_memory();
  Trainer trainer(ctx, config,
                  fresh_optimizer(ctx, make_initial(ctx, config, recipe.seed(), DType::kF32)),
                  compute, plan.keep);
  const RandomSamples samples(config.vocab_size);
  std::uint64_t first = 0;
  const auto step = [&] {
    trainer.step(ctx, samples, first, phase.global_batch_size, phase, 1e-4);
    first += static_cast<std::uint64_t>(phase.global_batch_size);
  };
  const double tokens = static_cast<double>(phase.global_batch_size * phase.sequence_length);
  const double flops = tokens * training_flops_per_token(config, phase.sequence_length);
  step();  // touches its memory and warms caches
  const std::size_t peak_memory = peak_resident_memory();
  const Speed speed =
      measure(step, options.steps, flops, [&] { return measure_matmul_peak(ctx, compute); });
  if (!options.profile.empty()) profile_step(ctx, options.profile, step);
  Json row = Json::object();
  row["recipe"] = recipe.name();
  row["parameters"] = parameter_count(config);
  row["precision"] = dtype_info(compute).name;
  row["recompute"] = recompute_name(plan.keep);
  row["tokens_per_s"] = tokens / speed.step_s;
  row["gflop_per_s"] = flops / speed.step_s * 1e-9;
  row["matmul_peak_gflop_per_s"] = speed.peak * 1e-9;
  row["share_of_peak"] = speed.share;
  row["memory_planned"] = static_cast<std::int64_t>(planned);
  row["memory_peak"] = static_cast<std::int64_t>(peak_memory);
  return row;
}

}  // namespace lucie
