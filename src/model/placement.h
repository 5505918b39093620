// Between the tensors of the table and those of a file: fused, transposed, or with rotary rows in
// another order.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "model/family.h"

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
void put_part(const TensorSpec& spec, const Placement& at, DType dtype,
              std::span<const std::byte> values, std::span<std::byte> file);

// Some rows of one tensor of the table.
struct PartRows {
  std::size_t part;  // position in FileTensor::parts
  std::int64_t first, count;
};
// What stands in the file's tensor from `row` on: as far as one part goes, at most `most` rows.
PartRows rows_at(const std::vector<TensorSpec>& table, const FileTensor& file, Format format,
                 std::int64_t row, std::int64_t most);

// Rotary rows of q and k are held in one style and stand in another in some formats.
bool is_reordered(const TensorSpec& spec, Format format, RopeStyle held);
// Where row `row` of the format's order is among those held. Rows change places within a head.
std::int64_t held_row(const TensorSpec& spec, Format format, RopeStyle held, std::int64_t row);

}  // namespace lucie
