#include "formats/weight_source.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "formats/gguf.h"

namespace lucie {
namespace {

constexpr char kSingleFile[] = "model.safetensors";
constexpr char kIndexFile[] = "model.safetensors.index.json";

// Tensors of one or more mapped files.
class MappedSource final : public WeightSource {
 public:
  explicit MappedSource(std::string place) : place_(std::move(place)) {}

  void add(std::shared_ptr<const MappedFile> file, const std::vector<StoredTensor>& tensors) {
    for (const StoredTensor& tensor : tensors) {
      tensors_.push_back(tensor);
      files_.push_back(file);
    }
  }
  void finish() { index_ = TensorIndex(tensors_, place_); }
  void set_unlisted(std::vector<std::string> names) { unlisted_ = std::move(names); }

  const std::vector<StoredTensor>& tensors() const override { return tensors_; }
  const StoredTensor* find(std::string_view name) const override {
    return index_.find(tensors_, name);
  }
  std::span<const std::byte> data(const StoredTensor& tensor) const override {
    if (tensor.bytes == 0) return {};
    return file_of(tensor)->bytes().subspan(tensor.offset, tensor.bytes);
  }
  std::shared_ptr<const void> owner(const StoredTensor& tensor) const override {
    return file_of(tensor);
  }
  std::vector<std::string> unlisted() const override { return unlisted_; }

 private:
  const std::shared_ptr<const MappedFile>& file_of(const StoredTensor& tensor) const {
    const StoredTensor* own = find(tensor.name);  // a copy of an element will do as well
    LUCIE_ASSERT(own != nullptr && own->offset == tensor.offset && own->bytes == tensor.bytes);
    return files_[static_cast<std::size_t>(own - tensors_.data())];
  }

  std::string place_;
  std::vector<StoredTensor> tensors_;
  std::vector<std::shared_ptr<const MappedFile>> files_;  // of each tensor
  TensorIndex index_;
  std::vector<std::string> unlisted_;
};

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

std::unique_ptr<WeightSource> open_sharded(const fs::path& directory) {
  const fs::path index_path = directory / kIndexFile;
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
    const SafetensorsReader reader(directory / shard);
    for (const StoredTensor& tensor : reader.tensors()) {
      const auto it = weight_map.find(tensor.name);
      if (it == weight_map.end()) {
        unlisted.push_back(tensor.name);
      } else if (it->second == shard) {
        ++listed;
      }
    }
    source->add(reader.file(), reader.tensors());
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

}  // namespace

std::unique_ptr<WeightSource> open_safetensors(const fs::path& file) {
  const SafetensorsReader reader(file);
  auto source = std::make_unique<MappedSource>(file.string());
  source->add(reader.file(), reader.tensors());
  source->finish();
  return source;
}

std::unique_ptr<WeightSource> open_safetensors_dir(const fs::path& directory) {
  // The single file wins, as in transformers.
  if (fs::exists(directory / kSingleFile)) return open_safetensors(directory / kSingleFile);
  if (fs::exists(directory / kIndexFile)) return open_sharded(directory);
  fail(ErrorCode::kNotFound, std::string("neither ") + kSingleFile + " nor " + kIndexFile,
       directory.string(), "a model directory in Hugging Face form is wanted");
}

std::unique_ptr<WeightSource> view_gguf(const GgufReader& reader) {
  const std::string place = reader.file()->path().string();
  if (reader.integer("split.count", 1) > 1) {
    fail(ErrorCode::kUnsupported, "GGUF split over several files", place,
         "merge it first: llama-gguf-split --merge");
  }
  auto source = std::make_unique<MappedSource>(place);
  source->add(reader.file(), reader.tensors());
  source->finish();
  return source;
}

std::unique_ptr<WeightSource> open_gguf(const fs::path& file) {
  return view_gguf(GgufReader(file));
}

}  // namespace lucie
