#include "formats/weight_source.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "formats/gguf.h"
#include "formats/mapped_source.h"
#include "formats/torch_file.h"

namespace lucie {
namespace {

// The two forms of a Hugging Face directory differ in these alone.
struct Layout {
  const char* single;
  const char* index;
  void (*add)(const fs::path& file, MappedSource* source);  // all tensors of one file
};

void add_safetensors(const fs::path& file, MappedSource* source) {
  const SafetensorsReader reader(file);
  source->add(reader.tensors(), reader.file());
}

void add_torch(const fs::path& file, MappedSource* source) {
  source->add(TorchFile(file).weights());
}

constexpr Layout kSafetensors = {"model.safetensors", "model.safetensors.index.json",
                                 add_safetensors};
constexpr Layout kTorch = {"pytorch_model.bin", "pytorch_model.bin.index.json", add_torch};

bool is_there(const fs::path& directory, const Layout& layout) {
  return fs::exists(directory / layout.single) || fs::exists(directory / layout.index);
}

// tensor name -> shard, both checked to be plain names.
std::map<std::string, std::string> read_weight_map(const fs::path& path) {
  const Json index = read_json(path);
  const Json* map = index.find("weight_map");
  if (map == nullptr || !map->is_object()) {
    fail(ErrorCode::kCorrupt, "index without a 'weight_map'", path.string());
  }
  std::map<std::string, std::string> shards;
  for (const auto& [name, shard] : map->members()) {
    const std::string place = path.string() + ": " + name;
    if (!shard.is_string()) fail(ErrorCode::kCorrupt, "shard is not a file name", place);
    const std::string& file = shard.as_string();
    if (file.empty() || file == "." || file == ".." || file.find('/') != std::string::npos ||
        file.find('\0') != std::string::npos) {
      fail(ErrorCode::kCorrupt, "shard '" + file + "' is not a plain file name", place);
    }
    shards[name] = file;
  }
  return shards;
}

std::unique_ptr<WeightSource> open_file(const fs::path& file, const Layout& layout) {
  auto source = std::make_unique<MappedSource>(file.string());
  layout.add(file, source.get());
  source->finish();
  return source;
}

std::unique_ptr<WeightSource> open_sharded(const fs::path& directory, const Layout& layout) {
  const fs::path index_path = directory / layout.index;
  const std::map<std::string, std::string> weight_map = read_weight_map(index_path);
  std::set<std::string> shards;
  for (const auto& [name, shard] : weight_map) shards.insert(shard);

  auto source = std::make_unique<MappedSource>(index_path.string());
  std::vector<std::string> unlisted;
  std::size_t listed = 0;
  for (const std::string& shard : shards) {
    if (!fs::exists(directory / shard)) {
      fail(ErrorCode::kNotFound, "a shard named in the index is missing",
           (directory / shard).string(), "fetch the model again");
    }
    const std::size_t before = source->tensors().size();
    layout.add(directory / shard, source.get());
    for (std::size_t i = before; i < source->tensors().size(); ++i) {
      const std::string& name = source->tensors()[i].name;
      const auto it = weight_map.find(name);
      if (it == weight_map.end()) {
        unlisted.push_back(name);
      } else if (it->second == shard) {
        ++listed;
      }
    }
  }
  source->finish();  // a name that stands in two shards ends here
  if (listed != weight_map.size()) {
    for (const auto& [name, shard] : weight_map) {
      if (source->find(name) == nullptr) {
        fail(ErrorCode::kCorrupt, "tensor '" + name + "' of the index is not in its shard",
             (directory / shard).string());
      }
    }
    fail(ErrorCode::kCorrupt, "the index names the wrong shard for a tensor", index_path.string());
  }
  if (!unlisted.empty()) {
    log_warning(directory.string() + ": " + std::to_string(unlisted.size()) +
                " tensors stand in no index, the first is '" + unlisted.front() + "'");
  }
  source->set_unlisted(std::move(unlisted));
  return source;
}

std::unique_ptr<WeightSource> open_directory(const fs::path& directory, const Layout& layout) {
  // The single file wins, as in transformers.
  if (fs::exists(directory / layout.single)) return open_file(directory / layout.single, layout);
  if (fs::exists(directory / layout.index)) return open_sharded(directory, layout);
  fail(ErrorCode::kNotFound, std::string("neither ") + layout.single + " nor " + layout.index,
       directory.string(), "a model directory in Hugging Face form is wanted");
}

}  // namespace

std::unique_ptr<WeightSource> open_safetensors(const fs::path& file) {
  return open_file(file, kSafetensors);
}

std::unique_ptr<WeightSource> open_safetensors_dir(const fs::path& directory) {
  return open_directory(directory, kSafetensors);
}

std::unique_ptr<WeightSource> open_torch(const fs::path& file) {
  return open_file(file, kTorch);
}

std::unique_ptr<WeightSource> open_torch_dir(const fs::path& directory) {
  return open_directory(directory, kTorch);
}

std::unique_ptr<WeightSource> open_weights(const fs::path& path) {
  if (fs::is_directory(path)) {
    if (is_there(path, kSafetensors) || !is_there(path, kTorch)) return open_safetensors_dir(path);
    return open_torch_dir(path);
  }
  const MappedFile file(path);
  if (file.text().starts_with("GGUF")) return open_gguf(path);
  if (is_torch_file(file.bytes())) return open_torch(path);
  return open_safetensors(path);
}

}  // namespace lucie
