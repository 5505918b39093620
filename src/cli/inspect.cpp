// lucie inspect: what a model file holds, and what flows through the model.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/error.h"
#include "cli/generation_options.h"
#include "cli/idle_flags.h"
#include "cli/inspect_file.h"
#include "cli/inspect_logits.h"

namespace lucie {
namespace {

struct Options {
  std::string model, prompt, golden, logits, ids;
  bool activations = false, rounded = false;
  double tolerance = 1e-5;
};

// Compares a tap with the golden tensor of its name: max|a-b| / max|b|.
double difference(const std::vector<float>& values, const SafetensorsReader& golden,
                  const std::string& name) {
  const StoredTensor* tensor = golden.find(name);
  if (!tensor) return 0;
  if (tensor->shape.numel() != static_cast<std::int64_t>(values.size())) return INFINITY;
  std::vector<float> expected(values.size());
  decode_row(tensor->dtype, golden.data(*tensor).data(), expected.data(), tensor->shape.numel());
  double worst = 0, scale = 1e-30;
  for (std::size_t i = 0; i < values.size(); ++i) {
    worst = std::max(worst, static_cast<double>(std::abs(values[i] - expected[i])));
    scale = std::max(scale, static_cast<double>(std::abs(expected[i])));
  }
  return worst / scale;
}

int inspect_activations(const Options& options) {
  Engine engine(options.model);
  const std::vector<TokenId> ids = engine.model.tokenizer->encode(options.prompt);
  if (ids.empty()) fail(ErrorCode::kInvalidArgument, "the prompt has no tokens", "--prompt");
  std::unique_ptr<SafetensorsReader> golden;
  if (!options.golden.empty()) golden = std::make_unique<SafetensorsReader>(options.golden);
  const auto rows = static_cast<std::int64_t>(ids.size());
  const Decoder& decoder = *engine.model.decoder;
  Activations activations(engine.ctx, decoder.config(), rows, DType::kF32,
                          Activations::Keep::kOneLayer);
  std::string first_difference;
  std::int64_t compared = 0;
  std::printf("%-28s %-18s %12s %12s %12s\n", "tap", "shape", "mean", "rms", "max|x|");
  const Tap tap = [&](const std::string& name, const Tensor& value) {
    const std::vector<float> values = engine.ctx.download(value);
    double sum = 0, squares = 0, most = 0;
    for (const float x : values) {
      const double wide = static_cast<double>(x);
      sum += wide;
      squares += wide * wide;
      most = std::max(most, std::abs(wide));
    }
    const auto count = static_cast<double>(values.size());
    std::printf("%-28s %-18s %12.5g %12.5g %12.5g", name.c_str(), value.shape().str().c_str(),
                sum / count, std::sqrt(squares / count), most);
    if (golden) {
      compared += golden->find(name) != nullptr;
      const double error = difference(values, *golden, name);
      std::printf(" %10.2e%s", error, error > options.tolerance ? "  <- differs" : "");
      if (error > options.tolerance && first_difference.empty()) first_difference = name;
    }
    std::printf("\n");
  };
  decoder.forward(engine.ctx, make_batch(engine.ctx, ids, {}, 1), activations, tap);
  if (golden && compared == 0) {
    fail(ErrorCode::kMismatch, "no tensor of the golden file has the name of a tap", options.golden,
         "names are those of the first column");
  }
  if (first_difference.empty()) return 0;
  std::printf("first tensor that differs: %s\n", first_difference.c_str());
  return 3;
}

int inspect(const Options& options) {
  refuse_idle_flags({{options.rounded && options.logits.empty(), "--rounded", "--logits"}});
  if (!options.logits.empty()) {
    return inspect_logits(options.model, options.ids, options.logits,
                          options.rounded ? Products::kRounded : Products::kExact);
  }
  return options.activations ? inspect_activations(options) : inspect_file(options.model);
}

}  // namespace

Command inspect_command() {
  auto options = std::make_shared<Options>();
  return {.group = "Machine",
          .name = "inspect",
          .summary = "what a model file holds, or what flows through it",
          .examples =
              "lucie inspect models/x.gguf\n"
              "lucie inspect runs/tiny --json\n"
              "lucie inspect pytorch_model.bin\n"
              "lucie inspect part-00000.parquet\n"
              "lucie inspect runs/tiny --activations -p 'La commande ls'\n"
              "lucie inspect MODEL --activations -p 'x' --golden taps.safetensors",
          .arguments = {{"MODEL", &options->model,
                         "model, run, universal checkpoint, file of weights or Parquet", true},
                        {"--activations", &options->activations, "run a prompt and show each tap"},
                        {"-p,--prompt", &options->prompt, "the prompt"},
                        {"--golden", &options->golden,
                         "safetensors of taps to compare with; a difference is exit code 3"},
                        {"--logits", &options->logits, "write the logits of --ids to this file"},
                        {"--ids", &options->ids, "file with a JSON array of token ids"},
                        {"--rounded", &options->rounded,
                         "of --logits: round activations as generate does"},
                        {"--tolerance", &options->tolerance, "max|a-b| / max|b| allowed"}},
          .run = [options] { return inspect(*options); },
          .state = options};
}

}  // namespace lucie
