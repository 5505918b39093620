// What every weight file has in common: named, typed, shaped ranges of bytes; and the checks that
// make a hostile declaration of one harmless.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/tensor.h"

namespace lucie {

struct StoredTensor {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;               // outermost first, as in PyTorch, for every format
  std::uint64_t offset = 0;  // of the first byte, from the start of the file
  std::uint64_t bytes = 0;
  // The name of an element type that has no DType ("i64", "bool", "iq4_xs"), else empty. Such a
  // tensor is listed, so that masks and counters can be passed over, but its data is refused;
  // `dtype` means nothing then.
  std::string foreign_type = {};

  std::string type_name() const;  // "bf16", "i64"
};

// Whoever hands out data calls this: Error{kUnsupported} for a foreign type, with the tensor's
// name.
void require_readable(const StoredTensor& tensor, const std::string& file);

// An element type that files hold and we do not compute with; blocks as in DTypeInfo.
struct ForeignType {
  const char* name;
  int block, block_bytes;
};

// Dimensions read from a file. More than four: Error{kUnsupported}; a negative one, or more than
// 2^63 elements: Error{kCorrupt}.
Shape stored_shape(std::span<const std::int64_t> dims, const std::string& place);

// Bytes that `shape` takes. Error{kCorrupt} on 64-bit overflow or a row that ends within a block.
std::uint64_t stored_bytes(DType dtype, const Shape& shape, const std::string& place);
std::uint64_t stored_bytes(const ForeignType& type, const Shape& shape, const std::string& place);

// Tensors of a file by name. Two of one name: Error{kCorrupt}.
class TensorIndex {
 public:
  TensorIndex() = default;
  TensorIndex(const std::vector<StoredTensor>& tensors, const std::string& place);
  // `tensors` must be the list that the index was made of.
  const StoredTensor* find(const std::vector<StoredTensor>& tensors, std::string_view name) const;

 private:
  std::vector<std::size_t> order_;  // positions sorted by name
};

}  // namespace lucie
