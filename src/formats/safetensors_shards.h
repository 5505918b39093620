// A model's weights in a directory, as transformers saves and loads them: model.safetensors, or
// model-00001-of-0000N.safetensors with model.safetensors.index.json (docs/formats/safetensors.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "formats/safetensors.h"

namespace lucie {

class ShardedSafetensorsWriter {
 public:
  // Of transformers up to version 4; hubs and downloads like it better than the 50 GB since.
  static constexpr std::uint64_t kDefaultShardBytes = 5'000'000'000;

  // Tensors are put into shards in the order declared, each as full as `max_shard_bytes` of data
  // allow; a tensor larger than that has a shard of its own.
  ShardedSafetensorsWriter(const fs::path& directory, const std::vector<StoredTensor>& tensors,
                           const std::map<std::string, std::string>& metadata = {},
                           std::uint64_t max_shard_bytes = kDefaultShardBytes);
  void write(std::string_view name, std::span<const std::byte> data);  // the next one declared
  // As SafetensorsWriter's: of the tensor declared as number `tensor`, whatever its shard.
  void write_at(std::size_t tensor, std::uint64_t offset, std::span<const std::byte> piece);
  // The index comes last: without it the directory holds no model. Weights of safetensors that
  // stood there before are removed.
  void commit();

  std::size_t shards() const { return shards_.size(); }

 private:
  struct Shard {
    std::string file;
    std::vector<StoredTensor> tensors;
    std::unique_ptr<SafetensorsWriter> writer;
  };
  struct Place {
    std::size_t shard, tensor;  // of that shard
  };
  Json index() const;
  void remove_others() const;

  fs::path directory_;
  std::vector<Shard> shards_;
  std::vector<Place> places_;  // of the tensors as declared
  std::size_t next_ = 0;       // of places_, for write()
};

}  // namespace lucie
