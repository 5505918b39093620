// Between the tensors of the table and those of a file: fused, transposed, or with rotary rows in
// another order.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "model/family.h"
#include "model/host_tensor.h"

namespace lucie {

// A tensor of a file, and which of the table's it holds.
struct FileTensor {
  std::string name;
  Shape shape;                     // as stored
  std::vector<std::size_t> parts;  // positions in the table
};

// In the order of the table; tensors that the format has no place for are left out.
std::vector<FileTensor> file_tensors(const std::vector<TensorSpec>& table, Format format);

// Shape of the file's tensor that `spec` stands in.
Shape file_shape(const TensorSpec& spec, const Placement& at);

// True when the tensor's rows stand together and as they are: it can be used in place, from row
// `first` on.
bool is_in_place(const TensorSpec& spec, const Placement& at);

// The bytes of `spec` out of the file's tensor, of which `data` are all. Error{kUnsupported} for
// a transposed tensor of a quantized type.
std::vector<std::byte> take_part(const TensorSpec& spec, const Placement& at, DType dtype,
                                 std::span<const std::byte> data);

// Puts the values of `spec` where they belong in the file's tensor, which is of the same type.
// Error{kUnsupported} as for take_part.
void put_part(const TensorSpec& spec, const Placement& at, const HostTensor& values,
              std::span<std::byte> file);

// Rotary rows of q and k from the style in which they are held to that of a format.
HostTensor in_row_order(HostTensor values, const TensorSpec& spec, Format format, RopeStyle held);

}  // namespace lucie
