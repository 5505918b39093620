// For the reader of torch files only: what the calls of a pickle that make tensors and numbers
// mean.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "formats/mapped_source.h"
#include "formats/pickle.h"
#include "formats/torch_types.h"
#include "formats/zip.h"

namespace lucie {

class TorchTensors {
 public:
  // `prefix`: the archive's folder, "archive/".
  TorchTensors(const Pickle& pickle, const ZipDirectory& zip, std::string prefix,
               std::shared_ptr<const MappedFile> file, MappedSource* source)
      : pickle_(pickle),
        zip_(zip),
        prefix_(std::move(prefix)),
        file_(std::move(file)),
        source_(*source) {}

  static bool makes_tensor(std::string_view callee);
  // Puts the tensor that `call` makes into the source; returns "f32 [2, 3]".
  std::string add(const PickleValue& call, const std::string& name);

 private:
  struct Storage {
    const ZipMember* member;
    const torch::ElementType* type;  // nullptr: untyped, the tensor tells
    std::int64_t elements;
  };
  struct View {  // in elements of the storage
    std::int64_t offset = 0;
    std::vector<std::int64_t> sizes, strides;
  };

  const PickleValue& argument(const PickleValue& call, std::size_t i, PickleKind kind) const;
  std::vector<std::int64_t> integers(const PickleValue& tuple) const;
  Storage storage_of(const PickleValue& reference) const;
  void check_bounds(const PickleValue& call, const View& view, std::int64_t elements) const;
  MappedSource::Copy copy(const PickleValue& call, const StoredTensor& tensor, const View& view,
                          const ZipMember& member);

  const Pickle& pickle_;
  const ZipDirectory& zip_;
  std::string prefix_;
  std::shared_ptr<const MappedFile> file_;
  MappedSource& source_;
  std::uint64_t copied_ = 0;
};

// The number that a call of NumPy's makes, if that is what it makes.
std::optional<Json> numpy_scalar(const Pickle& pickle, const PickleValue& call);

}  // namespace lucie
