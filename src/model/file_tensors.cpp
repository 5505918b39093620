#include "model/file_tensors.h"

#include <algorithm>
#include <cstring>
#include <mutex>

#include "base/cancel.h"
#include "base/error.h"
#include "base/log.h"

namespace lucie {
namespace {

// Of a piece, or of one tensor of the table in it: small enough for the cache between being read,
// encoded and written, large enough for the disk.
constexpr std::int64_t kPieceElements = 1 << 18;
constexpr std::int64_t kRowsElements = 1 << 12;  // decoded at once

std::int64_t width_of(const TensorSpec& spec) {
  return spec.is_matrix() ? spec.shape[1] : 1;
}

// Rows of `width` elements, n elements in all. An importance goes along each row.
void encode_floats(const StoredAs& stored, const float* values, std::byte* to, std::int64_t n,
                   std::int64_t width) {
  if (stored.importance.empty()) return encode_row(stored.dtype, values, to, n);
  for (std::int64_t at = 0; at < n; at += width, to += row_bytes(stored.dtype, width)) {
    encode_row(stored.dtype, values + at, to, width, stored.importance.data());
  }
}

}  // namespace

FileTensors::FileTensors(const ModelConfig& config, Format format, const WeightValues& values)
    : format_(format),
      values_(values),
      table_(family(config.architecture).tensors(config)),
      held_(config.rope.style),
      files_(file_tensors(table_, format)) {
  std::size_t placed = 0;
  for (const FileTensor& file : files_) placed += file.parts.size();
  if (placed != table_.size()) {
    fail(ErrorCode::kUnsupported, "this format has no place for some of the model's tensors",
         config.architecture);
  }
}

bool FileTensors::is_transposed(const FileTensor& file) const {
  return (first_part(file).*format_).transposed;
}

// Transposed tensors stay whole: a row of theirs takes one value of every row of the table's.
std::vector<FileTensors::Piece> FileTensors::pieces(std::span<const StoredAs> stored) const {
  std::vector<Piece> result;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    if (stored[i].is_there) continue;
    const std::int64_t rows = files_[i].shape[0], width = width_of(first_part(files_[i]));
    const std::int64_t step =
        is_transposed(files_[i]) ? rows : std::max(kPieceElements / width, std::int64_t{1});
    for (std::int64_t first = 0; first < rows; first += step) {
      result.push_back({i, first, std::min(step, rows - first)});
    }
  }
  return result;
}

void FileTensors::write_all(std::span<const StoredAs> stored, const Write& write,
                            const char* label) const {
  const std::vector<Piece> all = pieces(stored);
  std::vector<Scratch> scratch(static_cast<std::size_t>(values_.pool->size()));
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    if (!stored[i].is_there) total += static_cast<std::uint64_t>(files_[i].shape.numel());
  }
  Progress progress(label, total, "weights");
  std::mutex progress_lock;
  values_.pool->run(static_cast<std::int64_t>(all.size()), [&](std::int64_t task, int worker) {
    check_cancelled();
    const Piece& piece = all[static_cast<std::size_t>(task)];
    const FileTensor& file = files_[piece.file];
    HostBytes& encoded = scratch[static_cast<std::size_t>(worker)].encoded;
    encode(file, piece.first, piece.count, stored[piece.file],
           scratch[static_cast<std::size_t>(worker)]);
    const std::size_t row = encoded.size() / static_cast<std::size_t>(piece.count);
    write(piece.file, static_cast<std::uint64_t>(piece.first) * row, encoded);
    const std::lock_guard lock(progress_lock);
    progress.add(static_cast<std::uint64_t>(piece.count * (file.shape.numel() / file.shape[0])));
  });
}

std::vector<float> FileTensors::values(const FileTensor& file) const {
  Scratch scratch;
  encode(file, 0, file.shape[0], {DType::kF32}, scratch);
  std::vector<float> values(static_cast<std::size_t>(file.shape.numel()));
  std::memcpy(values.data(), scratch.encoded.data(), scratch.encoded.size());
  return values;
}

void FileTensors::encode(const FileTensor& file, std::int64_t first, std::int64_t count,
                         const StoredAs& stored, Scratch& scratch) const {
  const std::size_t stride =
      row_bytes(stored.dtype, file.shape.rank() == 2 ? file.shape.last() : std::int64_t{1});
  scratch.encoded.resize(static_cast<std::size_t>(count) * stride);
  if (is_transposed(file)) return encode_transposed(file, stored, scratch);
  for (std::byte* to = scratch.encoded.data(); count > 0;) {
    const PartRows rows = rows_at(table_, file, format_, first, count);
    encode_rows(file.parts[rows.part], rows.first, rows.count, stored, scratch, to);
    to += static_cast<std::size_t>(rows.count) * stride;
    first += rows.count;
    count -= rows.count;
  }
}

void FileTensors::encode_transposed(const FileTensor& file, const StoredAs& stored,
                                    Scratch& scratch) const {
  for (const std::size_t part : file.parts) {
    const TensorSpec& spec = table_[part];
    scratch.part.resize(row_bytes(stored.dtype, width_of(spec)) *
                        static_cast<std::size_t>(spec.shape[0]));
    encode_rows(part, 0, spec.shape[0], stored, scratch, scratch.part.data());
    put_part(spec, spec.*format_, stored.dtype, scratch.part, scratch.encoded);
  }
}

void FileTensors::encode_rows(std::size_t part, std::int64_t first, std::int64_t count,
                              const StoredAs& stored, Scratch& scratch, std::byte* to) const {
  const TensorSpec& spec = table_[part];
  if (!is_reordered(spec, format_, held_)) {
    return encode_held(part, first, count, stored, scratch, to);
  }
  const std::size_t stride = row_bytes(stored.dtype, width_of(spec));
  for (std::int64_t row = first; row < first + count; ++row, to += stride) {
    encode_held(part, held_row(spec, format_, held_, row), 1, stored, scratch, to);
  }
}

void FileTensors::encode_held(std::size_t part, std::int64_t first, std::int64_t count,
                              const StoredAs& stored, Scratch& scratch, std::byte* to) const {
  const DType given = values_.type(part);
  const DType dtype = stored.dtype;
  if (given == dtype) return values_.rows(part, first, count, to);
  const std::int64_t width = width_of(table_[part]);
  const std::int64_t step = std::min(std::max(kRowsElements / width, std::int64_t{1}), count);
  scratch.raw.resize(row_bytes(given, width) * static_cast<std::size_t>(count));
  scratch.floats.resize(static_cast<std::size_t>(step * width));
  values_.rows(part, first, count, scratch.raw.data());
  for (std::int64_t row = 0; row < count; row += step) {
    const std::int64_t n = std::min(step, count - row) * width;
    decode_row(given, scratch.raw.data() + row_bytes(given, row * width), scratch.floats.data(), n);
    encode_floats(stored, scratch.floats.data(), to + row_bytes(dtype, row * width), n, width);
  }
}

}  // namespace lucie
