#include "formats/mapped_source.h"

#include "base/error.h"

namespace lucie {

void MappedSource::add(StoredTensor tensor, std::shared_ptr<const MappedFile> file, Copy copy) {
  tensors_.push_back(std::move(tensor));
  holders_.push_back({std::move(file), std::move(copy)});
}

void MappedSource::add(const std::vector<StoredTensor>& tensors,
                       const std::shared_ptr<const MappedFile>& file) {
  for (const StoredTensor& tensor : tensors) add(tensor, file);
}

void MappedSource::add(const MappedSource& other) {
  tensors_.insert(tensors_.end(), other.tensors_.begin(), other.tensors_.end());
  holders_.insert(holders_.end(), other.holders_.begin(), other.holders_.end());
}

void MappedSource::add_as(std::string name, const MappedSource& other, const StoredTensor& tensor) {
  const Holder& holder = other.holder_of(tensor);
  add(tensor, holder.file, holder.copy);
  tensors_.back().name = std::move(name);
}

const StoredTensor* MappedSource::find(std::string_view name) const {
  return index_.find(tensors_, name);
}

const MappedSource::Holder& MappedSource::holder_of(const StoredTensor& tensor) const {
  const StoredTensor* own = find(tensor.name);  // a copy of an element will do as well
  LUCIE_ASSERT(own != nullptr && own->offset == tensor.offset && own->bytes == tensor.bytes);
  return holders_[static_cast<std::size_t>(own - tensors_.data())];
}

std::span<const std::byte> MappedSource::data(const StoredTensor& tensor) const {
  const Holder& holder = holder_of(tensor);
  require_readable(tensor, holder.file->path().string());
  if (tensor.bytes == 0) return {};  // may stand beyond the end of its file
  if (holder.copy) return *holder.copy;
  return holder.file->bytes().subspan(tensor.offset, tensor.bytes);
}

std::shared_ptr<const void> MappedSource::owner(const StoredTensor& tensor) const {
  const Holder& holder = holder_of(tensor);
  if (holder.copy) return holder.copy;
  return holder.file;
}

void MappedSource::release(const StoredTensor& tensor) const {
  const Holder& holder = holder_of(tensor);
  if (tensor.bytes == 0 || holder.copy || !tensor.foreign_type.empty()) return;
  holder.file->release(holder.file->bytes().subspan(tensor.offset, tensor.bytes));
}

}  // namespace lucie
