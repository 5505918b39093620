// GGUF v2 and v3, the model file of llama.cpp (layout in docs/formats/gguf.md): typed metadata, a
// tensor directory, aligned data. The reader maps the file; nothing is copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "formats/tensor_pieces.h"

namespace lucie {

enum class GgufType : std::uint32_t {
  kU8 = 0,
  kI8 = 1,
  kU16 = 2,
  kI16 = 3,
  kU32 = 4,
  kI32 = 5,
  kF32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,
  kU64 = 10,
  kI64 = 11,
  kF64 = 12,
};

// One metadata value. Scalars and arrays keep their stored type so that files survive a round trip.
struct GgufValue {
  GgufType type = GgufType::kU32;
  GgufType element = GgufType::kU32;  // of an array
  std::int64_t integer = 0;           // any integer type and bool
  double real = 0;                    // f32, f64
  std::string text;
  std::vector<std::int64_t> integers;  // arrays of integers and bools
  std::vector<double> reals;
  std::vector<std::string> texts;

  static GgufValue u32(std::uint32_t value);
  static GgufValue f32(float value);
  static GgufValue boolean(bool value);
  static GgufValue string(std::string value);
  static GgufValue strings(std::vector<std::string> values);
  static GgufValue i32s(std::vector<std::int64_t> values);
  static GgufValue f32s(std::vector<double> values);
};

using GgufMetadata = std::vector<std::pair<std::string, GgufValue>>;  // in file order

class GgufReader {
 public:
  // Error{kCorrupt} for anything that contradicts the format, with path and offset;
  // Error{kUnsupported} for versions, big-endian files, tensor types and ranks we do not handle.
  explicit GgufReader(const fs::path& path);
  const GgufMetadata& metadata() const { return metadata_; }
  const std::vector<StoredTensor>& tensors() const { return tensors_; }
  const StoredTensor* find(std::string_view name) const;
  std::span<const std::byte> data(const StoredTensor& tensor) const;
  std::shared_ptr<const MappedFile> file() const { return file_; }

  const GgufValue* find_value(std::string_view key) const;
  // Checked look-ups: a wrong type is Error{kCorrupt} with the key; absent gives the fallback.
  std::string text(std::string_view key, std::string fallback) const;
  std::int64_t integer(std::string_view key, std::int64_t fallback) const;
  double real(std::string_view key, double fallback) const;

 private:
  std::shared_ptr<const MappedFile> file_;
  GgufMetadata metadata_;
  std::vector<StoredTensor> tensors_;
  TensorIndex index_;
};

// Writes version 3; same use as SafetensorsWriter. The metadata's "general.alignment" (u32, a power
// of two, 32 when absent) is honoured.
class GgufWriter {
 public:
  GgufWriter(const fs::path& path, const GgufMetadata& metadata, std::vector<StoredTensor> tensors);
  // Over several runs, in the folder `path`.partial: destroyed without commit(), or killed, it
  // leaves the tensors that are whole to the next writer of the same metadata and tensors with the
  // same `key`, which says what else the values depend on.
  GgufWriter(const fs::path& path, const GgufMetadata& metadata, std::vector<StoredTensor> tensors,
             std::string_view key);
  ~GgufWriter();
  // Left by a run before this one: its values are there and must not be written.
  bool is_whole(std::size_t tensor) const;
  void write(std::string_view name, std::span<const std::byte> data);
  void write_at(std::size_t tensor, std::uint64_t offset, std::span<const std::byte> piece);
  void commit();

 private:
  struct Layout;
  struct Partial;
  GgufWriter(const fs::path& path, Layout layout, const std::string_view* key);
  void store(std::size_t tensor, std::uint64_t place, std::span<const std::byte> piece);
  fs::path path_;
  std::unique_ptr<Partial> partial_;  // one of the two
  std::unique_ptr<AtomicFile> file_;
  TensorPieces tensors_;
};

}  // namespace lucie
