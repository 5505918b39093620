// Files of torch.save since PyTorch 1.6: a zip archive of a pickle and of storages, used in place
// (docs/formats/torch.md). Nothing of a file is ever executed (formats/pickle.h).
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "formats/mapped_source.h"
#include "formats/zip.h"

namespace lucie {

// Whether the first bytes are those of torch.save, the form before 1.6 included, which then has an
// error of its own.
bool is_torch_file(std::span<const std::byte> file);

class TorchFile {
 public:
  // Error{kCorrupt} for what contradicts itself; Error{kUnsupported} with name and offset for a
  // pickle that holds anything but tensors and plain data. Tensors that are not row-major are
  // copied, all of them together at most as large as the file.
  explicit TorchFile(const fs::path& path);

  // All tensors of the file, in order. A name is the path of keys and list positions that lead to
  // it: "param", "model.layers.0.weight", "" when the file is one tensor.
  const MappedSource& weights() const { return *weights_; }
  // All the rest. Lists, tuples and sets are arrays, dictionaries and records (argparse.Namespace)
  // objects, tensors texts like "f32 [2, 3]"; bytes are left out with their length as a text.
  const Json& contents() const { return contents_; }

 private:
  std::unique_ptr<MappedSource> weights_;
  Json contents_;
};

// Writes a dictionary of plain values and tensors that torch.load reads (weights_only too, unless
// there are records); same use as SafetensorsWriter.
class TorchWriter {
 public:
  // `values` is an object; the tensors come behind its members, under their names. Of the members
  // named in `records`, objects all, each becomes an argparse.Namespace.
  TorchWriter(const fs::path& path, std::vector<StoredTensor> tensors,
              const Json& values = Json::object(), const std::vector<std::string>& records = {});
  void write(std::string_view name, std::span<const std::byte> data);  // the next one declared
  void commit();

 private:
  ZipWriter zip_;
  std::vector<StoredTensor> tensors_;
  std::size_t next_ = 0;
};

}  // namespace lucie
