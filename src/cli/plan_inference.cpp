#include "cli/plan_inference.h"

#include <cstdio>
#include <optional>

#include "base/text.h"
#include "cli/command.h"
#include "cli/idle_flags.h"
#include "formats/weight_source.h"
#include "infer/plan.h"
#include "model/load.h"
#include "model/locate.h"
#include "pipeline/quantization.h"
#include "pipeline/training.h"
#include "run/recipe.h"

namespace lucie {
namespace {

struct Subject {
  ModelConfig config;
  std::string stored_as = {};  // of a model: "as it is"
  std::size_t stored_bytes = 0;
};

Subject subject_of(const std::string& source, const std::vector<std::string>& sets) {
  if (source.ends_with(".yaml") || source.ends_with(".yml")) {
    return {.config = final_model_config(load_recipe(source, sets))};
  }
  refuse_idle_flags({{!sets.empty(), "--set", "a recipe"}});
  const fs::path path = locate_model(source);
  Subject subject{.config = read_config(path), .stored_as = "as it is"};
  for (const StoredTensor& tensor : open_weights(path)->tensors()) {
    subject.stored_bytes += tensor.bytes;
  }
  return subject;
}

Json row(const std::string& type, const InferencePlan& plan) {
  const auto number = [](std::size_t bytes) { return Json(static_cast<std::int64_t>(bytes)); };
  Json json = Json::object();
  json["type"] = type;
  json["weights"] = number(plan.weights);
  json["cache"] = number(plan.cache);
  json["work"] = number(plan.work);
  json["ram"] = number(plan.memory());
  json["vram"] = number(plan.device_memory());
  return json;
}

void print(const Json& plan) {
  const auto gigabytes = [](const Json& bytes) { return bytes.as_double() / 1e9; };
  std::printf("%s parameters, %s positions, cache in %s; GB (1e9 bytes) at the peak\n\n",
              plan.at("parameters").dump().c_str(), plan.at("context").dump().c_str(),
              plan.at("cache_type").as_string().c_str());
  std::printf("%-10s %8s %8s %8s %8s %8s\n", "weights", "file", "cache", "work", "RAM", "VRAM");
  for (const Json& line : plan.at("types").items()) {
    std::printf("%-10s %8.2f %8.2f %8.2f %8.2f %8.2f\n", line.at("type").as_string().c_str(),
                gigabytes(line.at("weights")), gigabytes(line.at("cache")),
                gigabytes(line.at("work")), gigabytes(line.at("ram")), gigabytes(line.at("vram")));
  }
}

}  // namespace

std::size_t weight_bytes(const FileType& type, const ModelConfig& config) {
  const std::vector<DType> types = tensor_types(type, config, false);
  const std::vector<FileTensor> files =
      file_tensors(family(config.architecture).tensors(config), &TensorSpec::gguf);
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < files.size(); ++i) bytes += tensor_bytes(types[i], files[i].shape);
  return bytes;
}

int plan_inference(const std::string& source, const std::vector<std::string>& sets,
                   const InferencePlanOptions& options) {
  const Subject subject = subject_of(source, sets);
  EngineSettings settings;
  settings.window = planned_window(options.context, subject.config);
  if (!options.cache_type.empty()) settings.cache_type = options.cache_type;
  Json types = Json::array();
  const auto add = [&](const std::string& name, std::size_t weights) {
    types.push_back(row(name, plan_inference(subject.config, weights, settings)));
  };
  if (!options.type.empty()) {
    const FileType& type = file_type(options.type, "--type");
    add(std::string(type.name), weight_bytes(type, subject.config));
  } else if (!subject.stored_as.empty()) {
    add(subject.stored_as, subject.stored_bytes);
  } else {
    for (const FileType& type : file_types()) {
      add(std::string(type.name), weight_bytes(type, subject.config));
    }
  }
  Json plan = Json::object();
  plan["parameters"] = parameter_count(subject.config);
  plan["context"] = settings.window;
  plan["cache_type"] = settings.cache_type;
  plan["types"] = std::move(types);
  if (common_options().json) {
    std::printf("%s\n", plan.dump(2).c_str());
  } else {
    print(plan);
  }
  return 0;
}

}  // namespace lucie
