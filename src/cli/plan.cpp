// lucie plan: what a recipe's training takes on this machine, before it starts.
#include <cstdio>

#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/idle_flags.h"
#include "cli/plan_inference.h"
#include "pipeline/pipeline.h"
#include "pipeline/training.h"
#include "quant/file_types.h"
#include "run/energy.h"
#include "tensor/bench.h"
#include "train/plan.h"

namespace lucie {
namespace {

// Share of the measured matmul peak that training reaches: 54 to 78 % in bench/README.md.
constexpr double kTrainingShareOfPeak = 0.6;

struct Options {
  std::string recipe;
  std::vector<std::string> sets;
  double teraflops = 0, watts = 0;
  bool infer = false;
  InferencePlanOptions inference;
};

Json memory_json(const MemoryPlan& plan) {
  const auto bytes = [](std::size_t count) { return static_cast<std::int64_t>(count); };
  Json json = Json::object();
  json["weights"] = bytes(plan.weights);
  json["optimizer"] = bytes(plan.optimizer);
  json["activations"] = bytes(plan.activations);
  json["scratch"] = bytes(plan.scratch);
  json["total"] = bytes(plan.total());
  return json;
}

Json plan_json(const TrainPlan& plan, const ModelConfig& config, double flops_per_second,
               double watts) {
  const double seconds = plan.flops / flops_per_second;
  Json json = Json::object();
  json["parameters"] = plan.parameters;
  json["embedding_parameters"] = plan.embedding_parameters;
  for (const PhasePlan& phase : plan.phases) {
    Json entry = Json::object();
    entry["name"] = phase.name;
    entry["steps"] = phase.extent.steps;
    entry["samples"] = phase.extent.samples;
    entry["tokens"] = phase.extent.tokens;
    entry["flops"] = phase.flops;
    json["phases"].push_back(entry);
  }
  json["flops"] = plan.flops;
  json["flops_per_second"] = flops_per_second;
  json["seconds"] = seconds;
  json["joules"] = seconds * watts;
  for (const char* type : {"bf16", "q8_0", "q4_k_m"}) {
    json["inference"][type] =
        static_cast<std::int64_t>(weight_bytes(file_type(type, "--type"), config));
  }
  json["inference"]["kv_cache_f16"] = static_cast<std::int64_t>(
      KvCache::bytes(config, config.max_position_embeddings, DType::kF16));
  return json;
}

void print(const Json& json, const Recipe& recipe) {
  const auto number = [&](const Json& from, const char* key) {
    return human_count(from.at(key).as_double());
  };
  const auto bytes = [&](const Json& from, const char* key) {
    return human_bytes(from.at(key).as_double());
  };
  std::printf("%s\n  parameters   %s (%s in embeddings)\n", recipe.name().c_str(),
              json.at("parameters").dump().c_str(), number(json, "embedding_parameters").c_str());
  for (const Json& phase : json.at("phases").items()) {
    std::printf("  %-12s %s steps, %s tokens, %s FLOP\n", phase.at("name").as_string().c_str(),
                phase.at("steps").dump().c_str(), phase.at("tokens").dump().c_str(),
                number(phase, "flops").c_str());
  }
  for (const auto& [recompute, memory] : json.at("memory").members()) {
    std::printf("  memory       %s with recompute: %s (weights %s, optimizer %s, activations %s)\n",
                bytes(memory, "total").c_str(), recompute.c_str(), bytes(memory, "weights").c_str(),
                bytes(memory, "optimizer").c_str(), bytes(memory, "activations").c_str());
  }
  std::printf("  time here    %s at %s FLOP/s\n",
              human_seconds(json.at("seconds").as_double()).c_str(),
              number(json, "flops_per_second").c_str());
  std::printf("  energy       %sWh (estimate)\n",
              human_count(json.at("joules").as_double() / 3600).c_str());
  const Json& inference = json.at("inference");
  std::printf("  to run it    bf16 %s, q8_0 %s, q4_k_m %s, KV cache of the full window %s\n",
              bytes(inference, "bf16").c_str(), bytes(inference, "q8_0").c_str(),
              bytes(inference, "q4_k_m").c_str(), bytes(inference, "kv_cache_f16").c_str());
}

int plan(const Options& options) {
  const InferencePlanOptions& inference = options.inference;
  refuse_idle_flags({{!options.infer && inference.context != 0, "--context", "--infer"},
                     {!options.infer && !inference.type.empty(), "--type", "--infer"},
                     {!options.infer && !inference.cache_type.empty(), "--cache-type", "--infer"},
                     {options.infer && options.teraflops != 0, "--tflops", "training"},
                     {options.infer && options.watts != 0, "--watts", "training"}});
  if (options.infer) return plan_inference(options.recipe, options.sets, inference);
  ThreadPool pool(static_cast<int>(common_options().threads));
  Context ctx(make_device(), pool);
  RunOptions run;
  run.recipe = options.recipe;
  run.overrides = options.sets;
  const Recipe recipe = resolve_recipe(run, ctx.device());
  const Json& tokenizer = recipe.section("tokenizer");
  const std::int64_t vocabulary =
      recipe.section("model").get("vocab_size", tokenizer.get("vocab_size", 32000));
  ModelConfig config = model_config(recipe, vocabulary);
  const TrainSettings settings = train_settings(recipe.section("train"));
  double rate = options.teraflops * 1e12;
  if (rate == 0) {
    log_info("measuring this machine's matrix products (give --tflops to plan for another)");
    rate = kTrainingShareOfPeak * measure_matmul_peak(ctx);
  }
  const double watts = options.watts > 0 ? options.watts : estimated_watts(pool.size());
  const TrainPlan made = plan_training(config, settings);
  const TrainingShape shape{config, compute_type(recipe), ctx.device(), pool.size()};
  Json memory = Json::object();
  for (const Activations::Keep keep :
       {Activations::Keep::kAllLayers, Activations::Keep::kProducts, Activations::Keep::kStreams}) {
    memory[recompute_name(keep)] = memory_json(plan_memory(shape, settings.phases, keep));
  }
  for (const PhaseSettings& phase : settings.phases) {
    config.max_position_embeddings =
        std::max(config.max_position_embeddings, phase.sequence_length);
  }
  Json json = plan_json(made, config, rate, watts);
  json["memory"] = memory;
  if (common_options().json) {
    std::printf("%s\n", json.dump(2).c_str());
  } else {
    print(json, recipe);
  }
  return 0;
}

}  // namespace

Command plan_command() {
  auto options = std::make_shared<Options>();
  return {
      .group = "Machine",
      .name = "plan",
      .summary = "what training a recipe takes, or answering with a model: memory, time, energy",
      .examples =
          "lucie plan recipes/tiny.yaml\n"
          "lucie plan recipes/lucie-7b.yaml --tflops 200000 --watts 360000\n"
          "lucie plan --infer recipes/lucie-7b.yaml --context 4096\n"
          "lucie plan --infer models/x.gguf --context 32000 --cache-type q4_0",
      .arguments = {{"RECIPE", &options->recipe, "recipe; with --infer a model too", true},
                    {"--infer", &options->infer, "plan for answering, not for training"},
                    {"-c,--ctx-size,--ctx,--context", &options->inference.context,
                     "positions of the window (4096)"},
                    {"--type", &options->inference.type,
                     "of the weights, as in quantize (all; a model: as it is)"},
                    {"--cache-type", &options->inference.cache_type,
                     "of keys and values: f32, f16 (default), bf16, q8_0, q4_0"},
                    {"--set", &options->sets, "override a recipe key"},
                    {"--tflops", &options->teraflops,
                     "sustained TFLOP/s of the machine planned for (0: measure this one)"},
                    {"--watts", &options->watts, "its power (0: estimate for this one)"}},
      .run = [options] { return plan(*options); },
      .state = options};
}

}  // namespace lucie
