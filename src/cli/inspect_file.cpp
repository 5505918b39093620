#include "cli/inspect_file.h"

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "cli/command.h"
#include "cli/inspect_parquet.h"
#include "formats/gguf.h"
#include "formats/torch_file.h"
#include "formats/universal_checkpoint.h"
#include "model/locate.h"

namespace lucie {
namespace {

constexpr std::size_t kWidth = 70;  // of a value in the table

std::string cut(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (text.size() <= kWidth) return text;
  std::size_t end = kWidth - 3;  // not within a character
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

std::string one_line(const Json& value) {
  return cut(value.is_string() ? value.as_string() : value.dump());
}

Json gguf_value(const GgufValue& value) {
  switch (value.type) {
    case GgufType::kString:
      return cut(value.text);
    case GgufType::kF32:
    case GgufType::kF64:
      return value.real;
    case GgufType::kArray:
      return "array of " +
             std::to_string(value.texts.size() + value.integers.size() + value.reals.size());
    default:
      return value.integer;
  }
}

// What was opened: its tensors, and what it says beside them.
struct Contents {
  std::shared_ptr<const WeightSource> weights;
  Json metadata = Json::object();
};

Contents read_universal(const fs::path& path) {
  const auto checkpoint = std::make_shared<const UniversalCheckpoint>(path);
  Contents contents;
  std::string states;
  for (int i = 0; i < kUniversalStates; ++i) {
    const auto state = static_cast<UniversalState>(i);
    if (checkpoint->state(state) == nullptr) continue;
    states += (states.empty() ? "" : ", ") + std::string(universal_state_name(state));
  }
  contents.metadata["states"] = states;
  contents.metadata["step"] = checkpoint->step();
  for (const auto& [key, value] : checkpoint->model_states().members()) {
    contents.metadata.members().emplace_back(key, value);
  }
  contents.weights = {checkpoint, checkpoint->state(UniversalState::kWeights)};
  return contents;
}

Json torch_metadata(const fs::path& path) {
  const TorchFile file(path);
  Json metadata = Json::object();
  if (!file.contents().is_object()) return metadata;
  for (const auto& [key, value] : file.contents().members()) {
    if (file.weights().find(key) == nullptr) metadata.members().emplace_back(key, value);
  }
  return metadata;
}

Contents read_contents(const fs::path& path) {
  if (is_universal_checkpoint(path)) return read_universal(path);
  Contents contents;
  contents.weights = open_weights(path);
  if (fs::exists(path / "config.json")) contents.metadata = read_json(path / "config.json");
  if (!fs::is_regular_file(path)) return contents;
  const MappedFile file(path);
  if (file.text().starts_with("GGUF")) {
    const GgufReader gguf(path);
    for (const auto& [key, value] : gguf.metadata()) {
      contents.metadata.members().emplace_back(key, gguf_value(value));
    }
  } else if (is_torch_file(file.bytes())) {
    contents.metadata = torch_metadata(path);
  } else {
    const SafetensorsReader safetensors(path);
    for (const auto& [key, value] : safetensors.metadata()) {
      contents.metadata.members().emplace_back(key, value);
    }
  }
  return contents;
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

// Of an object each member, for what one looks up are members of `args` and `rope_scaling`.
void print_value(const std::string& key, const Json& value) {
  if (value.is_object() && value.members().size() != 0) {
    for (const auto& [name, member] : value.members()) {
      std::printf("%-44s %s\n", (key + "." + name).c_str(), one_line(member).c_str());
    }
  } else {
    std::printf("%-44s %s\n", key.c_str(), one_line(value).c_str());
  }
}

void print_table(const Json& summary) {
  std::printf("%s\n%s parameters, %s, %zu tensors\n\n", summary.at("path").as_string().c_str(),
              human_count(summary.at("parameters").as_double()).c_str(),
              human_bytes(summary.at("bytes").as_double()).c_str(), summary.at("tensors").size());
  for (const auto& [key, value] : summary.at("metadata").members()) {
    print_value(key, value);
  }
  if (summary.at("metadata").members().size() != 0) std::printf("\n");
  for (const Json& tensor : summary.at("tensors").items()) {
    std::printf("%-48s %-5s %-16s %s\n", tensor.at("name").as_string().c_str(),
                tensor.at("type").as_string().c_str(), tensor.at("shape").as_string().c_str(),
                human_bytes(tensor.at("bytes").as_double()).c_str());
  }
}

}  // namespace

int inspect_file(const std::string& name) {
  if (names_parquet_file(name)) return inspect_parquet(name);
  const fs::path path = is_universal_checkpoint(name) ? fs::path(name) : locate_model(name);
  Contents contents = read_contents(path);
  Json summary = Json::object();
  summary["path"] = path.string();
  summary["metadata"] = std::move(contents.metadata);
  std::int64_t count = 0;
  std::uint64_t bytes = 0;
  for (const StoredTensor& tensor : contents.weights->tensors()) {
    count += tensor.shape.numel();
    bytes += tensor.bytes;
  }
  summary["parameters"] = count;
  summary["bytes"] = bytes;
  summary["tensors"] = tensor_list(*contents.weights);
  if (common_options().json) {
    std::printf("%s\n", summary.dump(2).c_str());
  } else {
    print_table(summary);
  }
  return 0;
}

}  // namespace lucie
