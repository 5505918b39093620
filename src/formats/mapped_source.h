// The WeightSource behind every format: tensors of one or more mapped files. For the functions of
// formats/ that open files; of no interest to others.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/weight_source.h"

namespace lucie {

class MappedSource final : public WeightSource {
 public:
  // The values of a tensor that does not lie in its file in row-major order.
  using Copy = std::shared_ptr<const std::vector<std::byte>>;

  explicit MappedSource(std::string place) : place_(std::move(place)) {}
  void add(StoredTensor tensor, std::shared_ptr<const MappedFile> file, Copy copy = nullptr);
  void add(const std::vector<StoredTensor>& tensors, const std::shared_ptr<const MappedFile>& file);
  void add(const MappedSource& other);
  // One tensor of another source, under another name.
  void add_as(std::string name, const MappedSource& other, const StoredTensor& tensor);
  // After the last add(). A name that stands twice: Error{kCorrupt}.
  void finish() { index_ = TensorIndex(tensors_, place_); }
  void set_unlisted(std::vector<std::string> names) { unlisted_ = std::move(names); }

  const std::vector<StoredTensor>& tensors() const override { return tensors_; }
  const StoredTensor* find(std::string_view name) const override;
  std::span<const std::byte> data(const StoredTensor& tensor) const override;
  std::shared_ptr<const void> owner(const StoredTensor& tensor) const override;
  void release(const StoredTensor& tensor) const override;
  std::vector<std::string> unlisted() const override { return unlisted_; }

 private:
  struct Holder {
    std::shared_ptr<const MappedFile> file;
    Copy copy;
  };
  const Holder& holder_of(const StoredTensor& tensor) const;

  std::string place_;
  std::vector<StoredTensor> tensors_;
  std::vector<Holder> holders_;  // of each tensor
  TensorIndex index_;
  std::vector<std::string> unlisted_;
};

}  // namespace lucie
