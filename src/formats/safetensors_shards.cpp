#include "formats/safetensors_shards.h"

#include <algorithm>
#include <cstdio>

#include "base/error.h"

namespace lucie {
namespace {

constexpr char kSingle[] = "model.safetensors";
constexpr char kIndex[] = "model.safetensors.index.json";

std::string shard_name(std::size_t number, std::size_t count) {
  char name[64];
  std::snprintf(name, sizeof(name), "model-%05zu-of-%05zu.safetensors", number, count);
  return name;
}

// "model-00001-of-00003.safetensors", with any digits.
bool is_shard_name(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; }, '0');
  return name == shard_name(0, 0);
}

}  // namespace

ShardedSafetensorsWriter::ShardedSafetensorsWriter(
    const fs::path& directory, const std::vector<StoredTensor>& tensors,
    const std::map<std::string, std::string>& metadata, std::uint64_t max_shard_bytes)
    : directory_(directory) {
  const TensorIndex names(tensors, directory.string());  // refuses duplicates over all shards
  shards_.emplace_back();
  std::uint64_t used = 0;
  for (const StoredTensor& tensor : tensors) {
    const std::uint64_t bytes = stored_bytes(tensor.dtype, tensor.shape, tensor.name);
    if (!shards_.back().tensors.empty() &&
        bytes > max_shard_bytes - std::min(used, max_shard_bytes)) {
      shards_.emplace_back();
      used = 0;
    }
    places_.push_back({shards_.size() - 1, shards_.back().tensors.size()});
    shards_.back().tensors.push_back(tensor);
    shards_.back().tensors.back().bytes = bytes;
    used += bytes;
  }
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    shards_[i].file = shards_.size() == 1 ? kSingle : shard_name(i + 1, shards_.size());
  }
  for (Shard& shard : shards_) {
    shard.writer =
        std::make_unique<SafetensorsWriter>(directory_ / shard.file, shard.tensors, metadata);
  }
}

void ShardedSafetensorsWriter::write(std::string_view name, std::span<const std::byte> data) {
  // Out of turn beyond the last, it is the last shard's to complain.
  const std::size_t shard = next_ < places_.size() ? places_[next_].shard : shards_.size() - 1;
  shards_[shard].writer->write(name, data);
  ++next_;
}

void ShardedSafetensorsWriter::write_at(std::size_t tensor, std::uint64_t offset,
                                        std::span<const std::byte> piece) {
  LUCIE_ASSERT(tensor < places_.size());
  shards_[places_[tensor].shard].writer->write_at(places_[tensor].tensor, offset, piece);
}

Json ShardedSafetensorsWriter::index() const {
  std::uint64_t bytes = 0;
  std::int64_t parameters = 0;
  std::map<std::string, std::string> files;  // sorted, as in the index that transformers writes
  for (const Shard& shard : shards_) {
    for (const StoredTensor& tensor : shard.tensors) {
      bytes += tensor.bytes;
      parameters += tensor.shape.numel();
      files[tensor.name] = shard.file;
    }
  }
  Json json = Json::object();
  json["metadata"] = Json::object();
  json["metadata"]["total_parameters"] = parameters;
  json["metadata"]["total_size"] = bytes;
  Json map = Json::object();
  for (const auto& [name, file] : files) map.members().emplace_back(name, file);
  json["weight_map"] = std::move(map);
  return json;
}

void ShardedSafetensorsWriter::remove_others() const {
  for (const fs::directory_entry& entry : fs::directory_iterator(directory_)) {
    const std::string name = entry.path().filename().string();
    const bool ours = std::any_of(shards_.begin(), shards_.end(),
                                  [&](const Shard& shard) { return shard.file == name; });
    if (!ours && is_shard_name(name)) fs::remove(entry.path());
  }
}

void ShardedSafetensorsWriter::commit() {
  for (const Shard& shard : shards_) shard.writer->check_complete();
  // From here to the index the directory has no model, rather than the half of two.
  if (shards_.size() > 1) fs::remove(directory_ / kSingle);
  fs::remove(directory_ / kIndex);
  for (Shard& shard : shards_) shard.writer->commit();
  if (shards_.size() > 1) write_json(directory_ / kIndex, index());
  remove_others();
}

}  // namespace lucie
