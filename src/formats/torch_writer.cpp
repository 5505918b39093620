#include <algorithm>

#include "base/error.h"
#include "formats/pickle_writer.h"
#include "formats/torch_file.h"

namespace lucie {
namespace {

constexpr char kFolder[] = "archive/";
constexpr char kVersion[] = "3\n";  // of PyTorch's archive, since 1.6

}  // namespace

TorchWriter::TorchWriter(const fs::path& path, std::vector<StoredTensor> tensors,
                         const Json& values, const std::vector<std::string>& records)
    : zip_(path), tensors_(std::move(tensors)) {
  const TensorIndex names(tensors_, path.string());  // refuses duplicates
  PickleWriter pickle;
  pickle.open_dict();
  for (const auto& [key, value] : values.members()) {
    if (names.find(tensors_, key) != nullptr) {
      fail(ErrorCode::kInvalidArgument, "a value and a tensor of one name", key);
    }
    pickle.text(key);
    if (std::find(records.begin(), records.end(), key) != records.end()) {
      pickle.record(value);
    } else {
      pickle.value(value);
    }
  }
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    tensors_[i].bytes = stored_bytes(tensors_[i].dtype, tensors_[i].shape, tensors_[i].name);
    pickle.text(tensors_[i].name);
    pickle.tensor(tensors_[i], std::to_string(i));
  }
  pickle.close_dict();
  zip_.add(std::string(kFolder) + "data.pkl", pickle.finish());
  zip_.add(std::string(kFolder) + "byteorder", "little");
}

void TorchWriter::write(std::string_view name, std::span<const std::byte> data) {
  if (next_ >= tensors_.size() || tensors_[next_].name != name ||
      tensors_[next_].bytes != data.size()) {
    fail(ErrorCode::kInternal, "tensor written out of turn or with a wrong size",
         std::string(name));
  }
  zip_.add(std::string(kFolder) + "data/" + std::to_string(next_), data);
  ++next_;
}

void TorchWriter::commit() {
  if (next_ != tensors_.size()) {
    fail(ErrorCode::kInternal, "tensor was declared but not written", tensors_[next_].name);
  }
  zip_.add(std::string(kFolder) + "version", kVersion);
  zip_.commit();
}

}  // namespace lucie
