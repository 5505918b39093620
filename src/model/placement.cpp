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

// visit(own, in_file, bytes): where each run of bytes that stands together in both lies in the
// tensor itself and in the file's. Runs are rows; of transposed tensors, single elements.
template <typename Visit>
void for_each_run(const TensorSpec& spec, const Placement& at, DType dtype, const Visit& visit) {
  const auto rows = static_cast<std::size_t>(spec.shape[0]);
  const auto width = static_cast<std::size_t>(columns(spec));
  const auto row_in_file = [&](std::size_t row) {
    return static_cast<std::size_t>(file_row(at, static_cast<std::int64_t>(row)));
  };
  if (!at.transposed) {
    const std::size_t stride = row_bytes(dtype, columns(spec));
    for (std::size_t r = 0; r < rows; ++r) visit(r * stride, row_in_file(r) * stride, stride);
    return;
  }
  if (dtype_info(dtype).quantized) {
    fail(ErrorCode::kUnsupported, "a transposed tensor in quantized blocks", at.name);
  }
  // In squares, so that neither side is walked against the cache for long.
  constexpr std::size_t kSquare = 64;
  const std::size_t size = row_bytes(dtype, 1);
  const auto total = static_cast<std::size_t>(file_rows(spec, at));
  for (std::size_t r0 = 0; r0 < rows; r0 += kSquare) {
    for (std::size_t c0 = 0; c0 < width; c0 += kSquare) {
      for (std::size_t r = r0; r < std::min(rows, r0 + kSquare); ++r) {
        const std::size_t column = row_in_file(r);
        for (std::size_t c = c0; c < std::min(width, c0 + kSquare); ++c) {
          visit((r * width + c) * size, (c * total + column) * size, size);
        }
      }
    }
  }
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
  std::vector<std::byte> part(row_bytes(dtype, columns(spec)) *
                              static_cast<std::size_t>(spec.shape[0]));
  for_each_run(spec, at, dtype, [&](std::size_t own, std::size_t in_file, std::size_t bytes) {
    std::memcpy(part.data() + own, data.data() + in_file, bytes);
  });
  return part;
}

void put_part(const TensorSpec& spec, const Placement& at, DType dtype,
              std::span<const std::byte> values, std::span<std::byte> file) {
  for_each_run(spec, at, dtype, [&](std::size_t own, std::size_t in_file, std::size_t bytes) {
    std::memcpy(file.data() + in_file, values.data() + own, bytes);
  });
}

PartRows rows_at(const std::vector<TensorSpec>& table, const FileTensor& file, Format format,
                 std::int64_t row, std::int64_t most) {
  for (std::size_t part = 0; part < file.parts.size(); ++part) {
    const Placement& at = table[file.parts[part]].*format;
    if (at.group == 0) return {part, row, most};
    const std::int64_t within = row % at.group - at.first;
    if (within < 0 || within >= at.count) continue;
    return {part, row / at.group * at.count + within, std::min(most, at.count - within)};
  }
  fail(ErrorCode::kInternal, "rows that no tensor of the table has", file.name);
}

bool is_reordered(const TensorSpec& spec, Format format, RopeStyle held) {
  // Only a family with one order in GGUF and another elsewhere ever needs it.
  const bool pairs = (spec.*format).paired_heads > 0;
  return spec.gguf.paired_heads > 0 && pairs != (held == RopeStyle::kInterleaved);
}

std::int64_t held_row(const TensorSpec& spec, Format format, RopeStyle held, std::int64_t row) {
  if (!is_reordered(spec, format, held)) return row;
  const std::int64_t head = spec.shape[0] / spec.gguf.paired_heads, half = head / 2;
  const std::int64_t within = row % head, begin = row - within;
  const bool from_pairs = held == RopeStyle::kInterleaved;
  return begin +
         (from_pairs ? 2 * (within % half) + within / half : within / 2 + within % 2 * half);
}

}  // namespace lucie
