// Safetensors files: 8-byte little-endian header length, a JSON header
// {name: {dtype, shape, data_offsets}, "__metadata__": {...}}, then the data
// (docs/formats/safetensors.md). The reader maps the file; nothing is copied.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "formats/tensor_pieces.h"

namespace lucie {

class SafetensorsReader {
 public:
  // Checks every offset: the tensors must cover the data without gap or overlap, as the format
  // demands (else Error{kCorrupt}). Element types without a DType are listed, but have no data().
  explicit SafetensorsReader(const fs::path& path);
  const std::vector<StoredTensor>& tensors() const { return tensors_; }  // in order of offset
  const StoredTensor* find(std::string_view name) const;
  std::span<const std::byte> data(const StoredTensor& tensor) const;
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  // Keeps the mapping alive for tensors adopted in place.
  std::shared_ptr<const MappedFile> file() const { return file_; }

 private:
  std::shared_ptr<const MappedFile> file_;
  std::vector<StoredTensor> tensors_;
  TensorIndex index_;
  std::map<std::string, std::string> metadata_;
};

// Writes tensors in the order declared; `offset` and `bytes` of the declarations are ignored.
// Declare wider types first and every tensor lies aligned to its element.
class SafetensorsWriter {
 public:
  SafetensorsWriter(const fs::path& path, std::vector<StoredTensor> tensors,
                    const std::map<std::string, std::string>& metadata = {});
  void write(std::string_view name, std::span<const std::byte> data);  // the next one declared
  // Or in pieces, each byte once, from any thread: of the tensor declared as number `tensor`.
  void write_at(std::size_t tensor, std::uint64_t offset, std::span<const std::byte> piece);
  void check_complete() const { tensors_.check_complete(); }
  void commit();  // all must have been written

 private:
  AtomicFile file_;
  TensorPieces tensors_;
};

}  // namespace lucie
