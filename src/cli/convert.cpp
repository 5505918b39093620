// lucie convert and quantize: a model or a recipe's shape, written as a directory or a GGUF file.
#include <algorithm>
#include <cstdio>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "model/load.h"
#include "model/locate.h"
#include "model/save.h"
#include "pipeline/training.h"
#include "run/recipe.h"

namespace lucie {
namespace {

struct Options {
  std::string source, out, type, tokenizer;
  bool random = false;
  std::int64_t seed = 42;
};

DType type_or(const std::string& name, DType fallback) {
  if (name.empty()) return fallback;
  const auto type = dtype_from_name(name);
  if (!type || !dtype_info(*type).encodes) {
    fail(ErrorCode::kInvalidArgument, "unknown type '" + name + "'", "--type",
         "known: f32, f16, bf16, q8_0, q5_1, q5_0, q4_1, q4_0");
  }
  return *type;
}

void write_model(const fs::path& out, const ModelConfig& config, const WeightValues& values,
                 const Tokenizer* tokenizer, const SaveOptions& options) {
  if (is_gguf(out)) {
    save_gguf(out, config, values, tokenizer, options);
  } else {
    AtomicDirectory directory(out);
    save_hf(directory.path(), config, values, tokenizer, options);
    directory.commit();
  }
  log_info("wrote " + out.string());
}

// The shape as the last phase leaves it.
ModelConfig final_config(const Recipe& recipe) {
  const Json& tokenizer = recipe.section("tokenizer");
  ModelConfig config = model_config(
      recipe, recipe.section("model").get("vocab_size", tokenizer.get("vocab_size", 32000)));
  for (const PhaseSettings& phase : train_settings(recipe.section("train")).phases) {
    config.max_position_embeddings =
        std::max(config.max_position_embeddings, phase.sequence_length);
    if (phase.rope_theta > 0) config.rope.theta = phase.rope_theta;
  }
  return config;
}

int convert(const Options& options, DType fallback) {
  const fs::path out = options.out;
  if (fs::exists(out)) {
    fail(ErrorCode::kInvalidArgument, "already there: " + out.string(), "--out",
         "choose another name; nothing is overwritten");
  }
  SaveOptions save{.dtype = type_or(options.type, fallback),
                   .name = out.stem().string(),
                   .licence = "NOASSERTION"};
  if (options.random) {
    const Recipe recipe = load_recipe(options.source);
    const ModelConfig config = final_config(recipe);
    write_model(out, config, random_values(config, static_cast<std::uint64_t>(options.seed)),
                nullptr, save);
    return 0;
  }
  ThreadPool pool(static_cast<int>(common_options().threads));
  Context ctx(make_device(), pool);
  const fs::path path = locate_model(options.source);
  const LoadedModel model = load_model(ctx, path);
  const ModelConfig& config = model.decoder->config();
  save.bos = model.tokenizer->bos().value_or(0);
  save.eos = model.stop_ids.empty() ? model.tokenizer->eos().value_or(1) : model.stop_ids.front();
  write_model(out, config, values_of(ctx, model.decoder->weights()), model.tokenizer.get(), save);
  return 0;
}

}  // namespace

Command quantize_command() {
  auto options = std::make_shared<Options>();
  return {.group = "Build",
          .name = "quantize",
          .summary = "a model as a smaller GGUF file",
          .examples = "lucie quantize runs/tiny tiny-q4_0.gguf --type q4_0",
          .arguments = {{"MODEL", &options->source, "model", true},
                        {"OUT,-o,--out", &options->out, "file to write (.gguf)", true},
                        {"--type", &options->type, "q8_0 (default), q5_1, q5_0, q4_1, q4_0"}},
          .run = [options] { return convert(*options, DType::kQ8_0); },
          .state = options};
}

Command convert_command() {
  auto options = std::make_shared<Options>();
  return {
      .group = "Build",
      .name = "convert",
      .summary = "a model in another form: a Hugging Face directory or a .gguf",
      .examples =
          "lucie convert models/x.gguf --out models/x\n"
          "lucie convert runs/tiny --out tiny.gguf --type f16\n"
          "lucie convert recipes/lucie-1.5b.yaml --random-weights --out shape.gguf",
      .arguments = {{"MODEL", &options->source, "model, or a recipe with --random-weights", true},
                    {"-o,--out", &options->out, "directory or .gguf to write", true},
                    {"--type", &options->type, "bf16 (default), f16, f32, q8_0, ..."},
                    {"--random-weights", &options->random,
                     "the recipe's shape with initial weights"},
                    {"-s,--seed", &options->seed, "of the random weights"}},
      .run = [options] { return convert(*options, DType::kBF16); },
      .state = options};
}

}  // namespace lucie
