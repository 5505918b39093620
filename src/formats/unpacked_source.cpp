#include "formats/unpacked_source.h"

#include <map>
#include <mutex>
#include <optional>

#include "base/error.h"

namespace lucie {
namespace {

constexpr std::string_view kCodes = ".qweight";

class UnpackedSource final : public WeightSource {
 public:
  UnpackedSource(std::unique_ptr<WeightSource> packed, const PackedFormat& format,
                 const std::string& place)
      : packed_(std::move(packed)) {
    for (const StoredTensor& tensor : packed_->tensors()) {
      const std::string_view name = tensor.name;
      if (name.ends_with(kCodes)) {
        add_layer(format, std::string(name.substr(0, name.size() - kCodes.size())), place);
      } else if (!is_part_of_layer(name)) {
        tensors_.push_back(tensor);
      }
    }
    index_ = TensorIndex(tensors_, place);
  }

  const std::vector<StoredTensor>& tensors() const override { return tensors_; }
  const StoredTensor* find(std::string_view name) const override {
    return index_.find(tensors_, name);
  }
  std::span<const std::byte> data(const StoredTensor& tensor) const override {
    const auto it = layers_.find(tensor.name);
    if (it == layers_.end()) return packed_->data(tensor);
    return *it->second.values();
  }
  std::shared_ptr<const void> owner(const StoredTensor& tensor) const override {
    const auto it = layers_.find(tensor.name);
    if (it == layers_.end()) return packed_->owner(tensor);
    return it->second.values();
  }
  void release(const StoredTensor& tensor) const override {
    const auto it = layers_.find(tensor.name);
    if (it == layers_.end()) return packed_->release(tensor);
    it->second.drop();
  }
  std::vector<std::string> unlisted() const override { return packed_->unlisted(); }

 private:
  using Values = std::shared_ptr<const std::vector<std::byte>>;

  // Unpacked once, by whoever comes first.
  class Layer {
   public:
    explicit Layer(PackedLinear linear) : linear_(std::move(linear)) {}
    Values values() const {
      const std::lock_guard lock(mutex_);
      if (!values_) values_ = std::make_shared<const std::vector<std::byte>>(linear_.unpack());
      return values_;
    }
    void drop() const {
      const std::lock_guard lock(mutex_);
      values_.reset();
    }

   private:
    PackedLinear linear_;
    mutable std::mutex mutex_;
    mutable Values values_;
  };

  void add_layer(const PackedFormat& format, const std::string& name, const std::string& place) {
    PackedLinear linear(*packed_, format, name, place);
    StoredTensor tensor{.name = name + ".weight",
                        .dtype = linear.dtype(),
                        .shape = {linear.outputs(), linear.inputs()}};
    tensor.bytes = stored_bytes(tensor.dtype, tensor.shape, place);
    layers_.try_emplace(tensor.name, std::move(linear));
    tensors_.push_back(std::move(tensor));
  }

  bool is_part_of_layer(std::string_view name) const {
    for (const std::string_view part : {".qzeros", ".scales", ".g_idx"}) {
      if (!name.ends_with(part)) continue;
      const std::string layer(name.substr(0, name.size() - part.size()));
      return packed_->find(layer + std::string(kCodes)) != nullptr;
    }
    return false;
  }

  std::unique_ptr<WeightSource> packed_;
  std::map<std::string, Layer, std::less<>> layers_;  // by the unpacked tensor's name
  std::vector<StoredTensor> tensors_;
  TensorIndex index_;
};

// quantization_config of the model's config, or the file that AutoGPTQ wrote before there was one.
std::optional<Json> quantization_config(const fs::path& directory) {
  if (fs::exists(directory / "config.json")) {
    const Json config = read_json(directory / "config.json");
    const Json* own = config.find("quantization_config");
    if (own != nullptr && !own->is_null()) return *own;
  }
  const fs::path file = directory / "quantize_config.json";
  if (fs::exists(file)) return read_json(file);
  return std::nullopt;
}

}  // namespace

std::unique_ptr<WeightSource> unpack_linears(std::unique_ptr<WeightSource> packed,
                                             const PackedFormat& format, const std::string& place) {
  return std::make_unique<UnpackedSource>(std::move(packed), format, place);
}

std::unique_ptr<WeightSource> open_unpacked_weights(const fs::path& directory) {
  const std::optional<Json> config = quantization_config(directory);
  if (!config) return open_weights(directory);
  const PackedFormat format = PackedFormat::from_json(*config);
  return unpack_linears(open_weights(directory), format, directory.string());
}

}  // namespace lucie
