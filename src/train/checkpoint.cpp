#include "train/checkpoint.h"

#include <algorithm>
#include <cstdio>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "model/load.h"

namespace lucie {
namespace {

constexpr int kVersion = 1;

struct Group {
  std::string prefix;
  const Parameters* tensors;
};

void write_tensors(Context& ctx, const fs::path& path, const std::vector<Group>& groups) {
  std::vector<StoredTensor> stored;
  for (const Group& group : groups) {
    for (const TensorSpec& spec : group.tensors->specs()) {
      stored.push_back(
          {.name = group.prefix + spec.name, .dtype = DType::kF32, .shape = spec.shape});
    }
  }
  SafetensorsWriter writer(path, stored);
  for (const Group& group : groups) {
    for (std::size_t i = 0; i < group.tensors->size(); ++i) {
      const std::vector<float> values = ctx.download((*group.tensors)[i]);
      writer.write(group.prefix + group.tensors->specs()[i].name, std::as_bytes(std::span(values)));
    }
  }
  writer.commit();
}

// Copies: the optimizer writes to these, and the file must not change under them.
Parameters read_tensors(Context& ctx, const SafetensorsReader& reader, const fs::path& path,
                        const std::string& prefix, const std::vector<TensorSpec>& specs) {
  Parameters result(specs);
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const StoredTensor* stored = reader.find(prefix + specs[i].name);
    if (!stored || stored->dtype != DType::kF32 || stored->shape != specs[i].shape) {
      fail(ErrorCode::kCorrupt, "no f32 tensor '" + prefix + specs[i].name + "' of the right shape",
           path.string());
    }
    const Tensor tensor = ctx.empty(DType::kF32, specs[i].shape);
    ctx.op().copy_from_host(ctx, tensor, reader.data(*stored).data());
    result.set(i, tensor);
  }
  return result;
}

void check_hash(const Json& state, const fs::path& directory, const char* file) {
  if (sha256_file(directory / file) == state.at("sha256").at(file).as_string()) return;
  fail(ErrorCode::kCorrupt, "the file is not what was saved (SHA-256 differs)",
       (directory / file).string(),
       "delete " + directory.string() + ": the run goes on from the checkpoint before it");
}

}  // namespace

void save_checkpoint(Context& ctx, const fs::path& directory, const ModelConfig& config,
                     const OptimizerState& optimizer, const TrainPosition& position,
                     const Json& history) {
  AtomicDirectory out(directory);
  write_tensors(ctx, out.path() / "model.safetensors", {{"", &optimizer.master}});
  write_tensors(ctx, out.path() / "optimizer.safetensors",
                {{"m/", &optimizer.m}, {"v/", &optimizer.v}});
  Json state = Json::object();
  state["version"] = kVersion;
  state["config"] = config_to_json(config);
  state["step"] = optimizer.steps;
  state["phase"] = position.phase;
  state["phase_samples"] = position.phase_samples;
  state["tokens"] = position.tokens;
  state["data_hash"] = position.data_hash;
  state["history"] = history;
  Json hashes = Json::object();
  for (const char* file : {"model.safetensors", "optimizer.safetensors"}) {
    hashes[file] = sha256_file(out.path() / file);
  }
  state["sha256"] = hashes;
  write_json(out.path() / "state.json", state);
  out.commit();
}

Checkpoint load_checkpoint(Context& ctx, const fs::path& directory) {
  const Json state = read_json(directory / "state.json");
  if (state.get("version", 0) != kVersion) {
    fail(ErrorCode::kUnsupported, "checkpoint of another version",
         (directory / "state.json").string());
  }
  check_hash(state, directory, "model.safetensors");
  check_hash(state, directory, "optimizer.safetensors");
  Checkpoint checkpoint;
  checkpoint.config = config_from_json(state.at("config"));
  const std::vector<TensorSpec> specs =
      family(checkpoint.config.architecture).tensors(checkpoint.config);
  const fs::path model = directory / "model.safetensors",
                 moments = directory / "optimizer.safetensors";
  checkpoint.optimizer.master = read_tensors(ctx, SafetensorsReader(model), model, "", specs);
  const SafetensorsReader reader(moments);
  checkpoint.optimizer.m = read_tensors(ctx, reader, moments, "m/", specs);
  checkpoint.optimizer.v = read_tensors(ctx, reader, moments, "v/", specs);
  checkpoint.optimizer.steps = state.at("step").as_int();
  checkpoint.position = {.phase = state.at("phase").as_int(),
                         .phase_samples = state.at("phase_samples").as_int(),
                         .tokens = state.at("tokens").as_int(),
                         .data_hash = state.at("data_hash").as_string()};
  checkpoint.history = state.at("history");
  return checkpoint;
}

std::string checkpoint_name(std::int64_t step) {
  char name[32];
  std::snprintf(name, sizeof name, "step-%08lld", static_cast<long long>(step));
  return name;
}

std::vector<std::int64_t> checkpoint_steps(const fs::path& directory) {
  std::vector<std::int64_t> steps;
  if (!fs::is_directory(directory)) return steps;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    const std::string digits = name.starts_with("step-") ? name.substr(5) : "";
    const auto step = parse_int(digits);
    if (!step || checkpoint_name(*step) != name || !fs::exists(entry.path() / "state.json")) {
      continue;
    }
    steps.push_back(*step);
  }
  std::sort(steps.begin(), steps.end());
  return steps;
}

std::optional<fs::path> newest_checkpoint(const fs::path& directory) {
  const std::vector<std::int64_t> steps = checkpoint_steps(directory);
  if (steps.empty()) return std::nullopt;
  return directory / checkpoint_name(steps.back());
}

}  // namespace lucie
