#include "cli/quantize_mixture.h"

#include <algorithm>
#include <cstdio>
#include <map>

#include "base/text.h"

namespace lucie {
namespace {

// Tensors of one kind in all layers: "blk.3.attn_q.weight" is an attn_q.
struct Kind {
  std::string name;
  std::map<DType, std::int64_t> types;
  std::int64_t tensors = 0;
  double bytes = 0, error = 0;
};

std::string kind_of(const FittedTensor& tensor) {
  const std::vector<std::string> parts = split(tensor.name, '.');
  return parts.size() >= 4 ? parts[parts.size() - 2] : parts.front();
}

std::vector<Kind> kinds_of(const std::vector<FittedTensor>& tensors) {
  std::vector<Kind> kinds;
  for (const FittedTensor& tensor : tensors) {
    const std::string name = kind_of(tensor);
    auto kind = std::find_if(kinds.begin(), kinds.end(),
                             [&](const Kind& other) { return other.name == name; });
    if (kind == kinds.end()) kind = kinds.insert(kind, {.name = name, .types = {}});
    ++kind->types[tensor.dtype];
    ++kind->tensors;
    kind->bytes += static_cast<double>(tensor.bytes);
    kind->error += tensor.error;
  }
  return kinds;
}

std::string types_of(const Kind& kind) {
  std::vector<std::string> parts;
  for (const auto& [type, count] : kind.types) {
    parts.push_back(std::to_string(count) + " " + dtype_info(type).name);
  }
  return join(parts, ", ");
}

std::string error_name(const QuantizedForm& form) {
  return form.effect_text.empty()
             ? "relative squared error, the same for all tensors"
             : "KL divergence in nats, by each tensor's effect on " + form.effect_text;
}

}  // namespace

Json mixture_json(const QuantizedForm& form) {
  const FittedMixture& mixture = *form.mixture;
  const MemoryTarget& target = form.target;
  const auto number = [](std::uint64_t bytes) { return static_cast<std::int64_t>(bytes); };
  Json json = Json::object();
  json["target"] = number(target.bytes);
  json["context"] = target.settings.window;
  json["cache_type"] = target.settings.cache_type;
  json["weights"] = number(mixture.plan.weights);
  json["cache"] = number(mixture.plan.cache);
  json["work"] = number(mixture.plan.work);
  json["ram"] = number(mixture.plan.memory());
  json["error"] = mixture.error();
  json["error_is"] = error_name(form);
  for (const FittedTensor& tensor : mixture.tensors) {
    Json entry = Json::object();
    entry["name"] = tensor.name;
    entry["type"] = dtype_info(tensor.dtype).name;
    entry["bytes"] = number(tensor.bytes);
    entry["error"] = tensor.error;
    json["tensors"].push_back(std::move(entry));
  }
  return json;
}

std::string mixture_lines(const QuantizedForm& form) {
  const FittedMixture& mixture = *form.mixture;
  const MemoryTarget& target = form.target;
  std::string lines = "error: " + error_name(form) + "\n\n";
  const auto add = [&](const std::string& name, const std::string& types, double bytes,
                       double error) {
    char line[200];
    std::snprintf(line, sizeof line, "%-18s %10s %11.3g  %s\n", name.c_str(),
                  human_bytes(bytes).c_str(), error, types.c_str());
    lines += line;
  };
  char head[80];
  std::snprintf(head, sizeof head, "%-18s %10s %11s  %s\n", "tensors", "size", "error", "types");
  lines += head;
  for (const Kind& kind : kinds_of(mixture.tensors)) {
    add(kind.name, types_of(kind), kind.bytes, kind.error);
  }
  add("all", "", static_cast<double>(mixture.plan.weights), mixture.error());
  const InferencePlan& plan = mixture.plan;
  const auto bytes = [](std::size_t count) { return human_bytes(static_cast<double>(count)); };
  return lines + "\nplanned " + bytes(plan.memory()) + " of " +
         human_bytes(static_cast<double>(target.bytes)) + ": weights " + bytes(plan.weights) +
         ", cache of " + std::to_string(target.settings.window) + " positions in " +
         target.settings.cache_type + " " + bytes(plan.cache) + ", work and program " +
         bytes(plan.work + plan.program) + "\n";
}

}  // namespace lucie
