// One view on the named tensors of a model, whatever file they lie in: model/ reads weights
// through this and knows no format. Values are as stored: names, row orders and block types are
// those of the format, and turning them into the model's is the tensor table's work.
//
//   std::unique_ptr<WeightSource> source = open_weights("models/lucie-7b");
//   for (const StoredTensor& tensor : source->tensors()) use(tensor, source->data(tensor));
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "formats/safetensors.h"

namespace lucie {

class GgufReader;

struct WeightSource {
  virtual ~WeightSource() = default;
  // In file order, shards one after the other. References stay valid as long as the source.
  virtual const std::vector<StoredTensor>& tensors() const = 0;
  virtual const StoredTensor* find(std::string_view name) const = 0;  // nullptr when absent
  // Mapped bytes; `tensor` is an element of tensors() or a copy. Valid while owner(tensor) lives.
  // A tensor of a foreign type (formats/stored_tensor.h): Error{kUnsupported}.
  virtual std::span<const std::byte> data(const StoredTensor& tensor) const = 0;
  // Keeps the mapping alive after the source is gone, for tensors adopted in place.
  virtual std::shared_ptr<const void> owner(const StoredTensor& tensor) const = 0;
  // Gives the memory behind data(tensor) back to the system, for loaders that have made a copy in
  // another form. The bytes stay readable, and come from the file again.
  virtual void release(const StoredTensor&) const {}
  // Tensors that stand in a shard but not in the index; they are listed in tensors() all the same.
  virtual std::vector<std::string> unlisted() const { return {}; }
};

// Whatever `path` is: a directory in Hugging Face form (safetensors, else PyTorch's files), or a
// file of any of the formats below, told by its first bytes. Nothing of the kind: Error{kNotFound}.
std::unique_ptr<WeightSource> open_weights(const fs::path& path);

// A Hugging Face directory: model.safetensors, or the shards of model.safetensors.index.json.
// Every tensor of the index must stand in its shard (else Error{kCorrupt}), and in no other.
// Neither file there: Error{kNotFound}.
std::unique_ptr<WeightSource> open_safetensors_dir(const fs::path& directory);
std::unique_ptr<WeightSource> open_safetensors(const fs::path& file);
// The same of pytorch_model.bin and pytorch_model.bin.index.json (formats/torch_file.h).
std::unique_ptr<WeightSource> open_torch_dir(const fs::path& directory);
std::unique_ptr<WeightSource> open_torch(const fs::path& file);

// The first of the files of a split GGUF (x-00001-of-00003.gguf) stands for all of them.
std::unique_ptr<WeightSource> open_gguf(const fs::path& file);
// The tensors of an open file, whose metadata one wants too. The reader need not outlive the view.
std::unique_ptr<WeightSource> view_gguf(const GgufReader& reader);

}  // namespace lucie
