// The tensors that a writer has declared, and how much of them is there: values arrive tensor by
// tensor in their order, or in pieces from several threads.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/stored_tensor.h"

namespace lucie {

class TensorPieces {
 public:
  TensorPieces() = default;
  // `offset` of the tensors counts from `begin` of the file.
  TensorPieces(std::vector<StoredTensor> tensors, std::uint64_t begin)
      : tensors_(std::move(tensors)), begin_(begin) {}

  // Where in the file the values belong, which count as written. Of another tensor than the next,
  // of another size, or beyond the tensor: Error{kInternal}.
  std::uint64_t place_of_next(std::string_view name, std::uint64_t bytes);
  std::uint64_t place_of(std::size_t tensor, std::uint64_t offset, std::uint64_t bytes);
  const std::vector<StoredTensor>& tensors() const { return tensors_; }
  std::size_t next() const { return next_; }  // that place_of_next() is for
  // Error{kInternal} unless as many bytes were written as there are.
  void check_complete() const;

 private:
  std::vector<StoredTensor> tensors_;
  std::uint64_t begin_ = 0, written_ = 0;
  std::size_t next_ = 0;
};

}  // namespace lucie
