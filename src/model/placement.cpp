#include "model/placement.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace lucie {
namespace {

std::int64_t columns(const TensorSpec& spec) {
  return spec.is_matrix() ? spec.shape[1] : 1;
}

std::int64_t file_rows(const TensorSpec& spec, const Placement& at) {
  return at.group == 0 ? spec.shape[0] : spec.shape[0] / at.count * at.group;
}

std::int64_t file_row(const Placement& at, std::int64_t row) {
  return at.group == 0 ? row : row / at.count * at.group + at.first + row % at.count;
}

}  // namespace

Shape file_shape(const TensorSpec& spec, const Placement& at) {
  const std::int64_t rows = file_rows(spec, at);
  if (!spec.is_matrix()) return {rows};
  return at.transposed ? Shape{columns(spec), rows} : Shape{rows, columns(spec)};
}

std::vector<FileTensor> file_tensors(const std::vector<TensorSpec>& table, Format format) {
  std::vector<FileTensor> result;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Placement& at = table[i].*format;
    if (at.name.empty()) continue;
    if (at.group != 0 && !result.empty() && result.back().name == at.name) {
      result.back().parts.push_back(i);
    } else {
      result.push_back({at.name, file_shape(table[i], at), {i}});
    }
  }
  return result;
}

bool is_in_place(const TensorSpec& spec, const Placement& at) {
  return !at.transposed && (at.group == 0 || at.count == spec.shape[0]);
}

std::vector<std::byte> take_part(const TensorSpec& spec, const Placement& at, DType dtype,
                                 std::span<const std::byte> data) {
  const std::int64_t rows = spec.shape[0], width = columns(spec);
  const std::size_t stride = row_bytes(dtype, width);
  std::vector<std::byte> part(stride * static_cast<std::size_t>(rows));
  if (!at.transposed) {
    for (std::int64_t r = 0; r < rows; ++r) {
      const std::size_t from = static_cast<std::size_t>(file_row(at, r)) * stride;
      std::memcpy(part.data() + static_cast<std::size_t>(r) * stride, data.data() + from, stride);
    }
    return part;
  }
  if (dtype_info(dtype).quantized) {
    fail(ErrorCode::kUnsupported, "a transposed tensor in quantized blocks", at.name);
  }
  // In squares, so that neither side is walked against the cache for long.
  constexpr std::int64_t kSquare = 64;
  const std::size_t size = row_bytes(dtype, 1);
  const std::int64_t total = file_rows(spec, at);
  for (std::int64_t r0 = 0; r0 < rows; r0 += kSquare) {
    for (std::int64_t c0 = 0; c0 < width; c0 += kSquare) {
      for (std::int64_t r = r0; r < std::min(rows, r0 + kSquare); ++r) {
        const std::int64_t column = file_row(at, r);
        for (std::int64_t c = c0; c < std::min(width, c0 + kSquare); ++c) {
          std::memcpy(part.data() + static_cast<std::size_t>(r * width + c) * size,
                      data.data() + static_cast<std::size_t>(c * total + column) * size, size);
        }
      }
    }
  }
  return part;
}

void put_part(const TensorSpec& spec, const Placement& at, std::span<const float> values,
              std::span<float> file) {
  const std::int64_t rows = spec.shape[0], width = columns(spec), total = file_rows(spec, at);
  for (std::int64_t r = 0; r < rows; ++r) {
    const std::int64_t row = file_row(at, r);
    for (std::int64_t c = 0; c < width; ++c) {
      const std::int64_t to = at.transposed ? c * total + row : row * width + c;
      file[static_cast<std::size_t>(to)] = values[static_cast<std::size_t>(r * width + c)];
    }
  }
}

std::vector<float> in_row_order(std::vector<float> values, const TensorSpec& spec, Format format,
                                RopeStyle held) {
  // Only a family with one order in GGUF and another elsewhere ever needs it.
  const std::int64_t heads = spec.gguf.paired_heads;
  const bool to_pairs = (spec.*format).paired_heads > 0;
  if (heads == 0 || to_pairs == (held == RopeStyle::kInterleaved)) return values;
  const std::int64_t rows = spec.shape[0], width = columns(spec);
  const std::int64_t head = rows / heads, half = head / 2;
  std::vector<float> result(values.size());
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t in_head = row % head;
    const std::int64_t paired = row - in_head + 2 * (in_head % half) + in_head / half;
    std::memcpy(&result[static_cast<std::size_t>((to_pairs ? paired : row) * width)],
                &values[static_cast<std::size_t>((to_pairs ? row : paired) * width)],
                static_cast<std::size_t>(width) * sizeof(float));
  }
  return result;
}

}  // namespace lucie
