// The tensors of a file of some format, filled from those of the table: fused, transposed, with
// rotary rows in another order, in another type. By pieces and on all threads, so that writing is
// as fast as the disk, and no tensor is held whole.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "model/host_bytes.h"
#include "model/placement.h"
#include "model/weight_values.h"

namespace lucie {

// How a tensor of a file is written.
struct StoredAs {
  DType dtype = DType::kF32;
  std::span<const float> importance = {};  // of its columns, for encode_row; empty: all alike
  bool is_there = false;                   // already: it is left out
};

class FileTensors {
 public:
  // `values` is used as long as this is. Error{kUnsupported} when the format has no place for a
  // tensor of the table.
  FileTensors(const ModelConfig& config, Format format, const WeightValues& values);

  const std::vector<FileTensor>& files() const { return files_; }
  const TensorSpec& first_part(const FileTensor& file) const { return table_[file.parts.front()]; }

  // Calls write(i, offset, bytes) for all pieces of all tensors, the i-th as stored[i] says, of
  // whole rows; several threads do so at once, each piece once. `label` is for the progress bar.
  using Write =
      std::function<void(std::size_t i, std::uint64_t offset, std::span<const std::byte> bytes)>;
  void write_all(std::span<const StoredAs> stored, const Write& write,
                 const char* label = "write") const;

  // All of one tensor, in f32.
  std::vector<float> values(const FileTensor& file) const;

 private:
  struct Piece {
    std::size_t file;
    std::int64_t first, count;  // rows of the file's tensor
  };
  struct Scratch {
    HostBytes raw, part, encoded;
    std::vector<float> floats;
  };
  std::vector<Piece> pieces(std::span<const StoredAs> stored) const;
  bool is_transposed(const FileTensor& file) const;
  // Rows of a file's tensor, into scratch.encoded.
  void encode(const FileTensor& file, std::int64_t first, std::int64_t count,
              const StoredAs& stored, Scratch& scratch) const;
  void encode_transposed(const FileTensor& file, const StoredAs& stored, Scratch& scratch) const;
  // Rows of a tensor of the table, in the format's order.
  void encode_rows(std::size_t part, std::int64_t first, std::int64_t count, const StoredAs& stored,
                   Scratch& scratch, std::byte* to) const;
  // Rows of a tensor of the table, as they are held.
  void encode_held(std::size_t part, std::int64_t first, std::int64_t count, const StoredAs& stored,
                   Scratch& scratch, std::byte* to) const;

  Format format_;
  const WeightValues& values_;
  std::vector<TensorSpec> table_;
  RopeStyle held_;
  std::vector<FileTensor> files_;
};

}  // namespace lucie
