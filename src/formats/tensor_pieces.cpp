#include "formats/tensor_pieces.h"

#include <atomic>

#include "base/error.h"

namespace lucie {

std::uint64_t TensorPieces::place_of_next(std::string_view name, std::uint64_t bytes) {
  if (next_ >= tensors_.size() || tensors_[next_].name != name || tensors_[next_].bytes != bytes) {
    fail(ErrorCode::kInternal, "tensor written out of turn or with a wrong size",
         std::string(name));
  }
  return place_of(next_++, 0, bytes);
}

std::uint64_t TensorPieces::place_of(std::size_t tensor, std::uint64_t offset,
                                     std::uint64_t bytes) {
  if (tensor >= tensors_.size() || offset > tensors_[tensor].bytes ||
      bytes > tensors_[tensor].bytes - offset) {
    fail(ErrorCode::kInternal, "piece of a tensor that has no such bytes",
         tensor < tensors_.size() ? tensors_[tensor].name : std::to_string(tensor));
  }
  std::atomic_ref(written_).fetch_add(bytes, std::memory_order_relaxed);
  return begin_ + tensors_[tensor].offset + offset;
}

void TensorPieces::check_complete() const {
  std::uint64_t declared = 0;
  for (const StoredTensor& tensor : tensors_) declared += tensor.bytes;
  if (written_ == declared) return;
  fail(ErrorCode::kInternal,
       "tensors were declared but not written: " + std::to_string(written_) + " of " +
           std::to_string(declared) + " bytes are there",
       next_ < tensors_.size() ? tensors_[next_].name : "");
}

}  // namespace lucie
