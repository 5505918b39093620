// lucie inspect: what a model file holds, and what flows through the model.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/error.h"
#include "base/text.h"
#include "cli/generation_options.h"
#include "model/locate.h"

namespace lucie {
namespace {

struct Options {
  std::string model, prompt, golden;
  bool activations = false;
  double tolerance = 1e-5;
};

std::string short_text(const GgufValue& value) {
  const auto cut = [](std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text.size() > 70 ? text.substr(0, 67) + "..." : text;
  };
  switch (value.type) {
    case GgufType::kString:
      return cut(value.text);
    case GgufType::kF32:
    case GgufType::kF64:
      return Json(value.real).dump();
    case GgufType::kArray:
      return "array of " +
             std::to_string(value.texts.size() + value.integers.size() + value.reals.size());
    default:
      return std::to_string(value.integer);
  }
}

Json tensor_list(const WeightSource& weights) {
  Json list = Json::array();
  for (const StoredTensor& tensor : weights.tensors()) {
    Json entry = Json::object();
    entry["name"] = tensor.name;
    entry["type"] = tensor.type_name();
    entry["shape"] = tensor.shape.str();
    entry["bytes"] = tensor.bytes;
    list.push_back(entry);
  }
  return list;
}

int inspect_file(const std::string& name) {
  const fs::path path =
      fs::path(name).extension() == ".safetensors" ? fs::path(name) : locate_model(name);
  const auto weights = open_weights(path);
  Json summary = Json::object();
  summary["path"] = path.string();
  if (is_gguf(path)) {
    const GgufReader gguf(path);
    for (const auto& [key, value] : gguf.metadata()) summary["metadata"][key] = short_text(value);
  } else if (fs::exists(path / "config.json")) {
    summary["metadata"] = read_json(path / "config.json");
  }
  std::int64_t count = 0;
  std::uint64_t bytes = 0;
  for (const StoredTensor& tensor : weights->tensors()) {
    count += tensor.shape.numel();
    bytes += tensor.bytes;
  }
  summary["parameters"] = count;
  summary["bytes"] = bytes;
  summary["tensors"] = tensor_list(*weights);
  if (common_options().json) {
    std::printf("%s\n", summary.dump(2).c_str());
    return 0;
  }
  std::printf("%s\n%s parameters, %s, %zu tensors\n\n", path.c_str(),
              human_count(static_cast<double>(count)).c_str(),
              human_bytes(static_cast<double>(bytes)).c_str(), weights->tensors().size());
  if (const Json* metadata = summary.find("metadata")) {
    for (const auto& [key, value] : metadata->members()) {
      std::printf("%-44s %s\n", key.c_str(),
                  value.is_string() ? value.as_string().c_str() : value.dump().c_str());
    }
    std::printf("\n");
  }
  for (const Json& tensor : summary.at("tensors").items()) {
    std::printf("%-48s %-5s %-16s %s\n", tensor.at("name").as_string().c_str(),
                tensor.at("type").as_string().c_str(), tensor.at("shape").as_string().c_str(),
                human_bytes(tensor.at("bytes").as_double()).c_str());
  }
  return 0;
}

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
  decoder.forward(engine.ctx, make_batch(engine.ctx, ids, {}, 1), activations, nullptr, tap);
  if (golden && compared == 0) {
    fail(ErrorCode::kMismatch, "no tensor of the golden file has the name of a tap", options.golden,
         "names are those of the first column");
  }
  if (first_difference.empty()) return 0;
  std::printf("first tensor that differs: %s\n", first_difference.c_str());
  return 3;
}

int inspect(const Options& options) {
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
              "lucie inspect runs/tiny --activations -p 'La commande ls'\n"
              "lucie inspect MODEL --activations -p 'x' --golden taps.safetensors",
          .arguments = {{"MODEL", &options->model, "model, run or .safetensors file", true},
                        {"--activations", &options->activations, "run a prompt and show each tap"},
                        {"-p,--prompt", &options->prompt, "the prompt"},
                        {"--golden", &options->golden,
                         "safetensors of taps to compare with; a difference is exit code 3"},
                        {"--tolerance", &options->tolerance, "max|a-b| / max|b| allowed"}},
          .run = [options] { return inspect(*options); },
          .state = options};
}

}  // namespace lucie
