// The two forms of llama.cpp's importance matrices: its own .dat, and GGUF.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "formats/byte_cursor.h"
#include "formats/gguf.h"
#include "quant/importance.h"

namespace lucie {
namespace {

constexpr std::string_view kSums = ".in_sum2", kCounts = ".counts";

void check(const ImportanceMatrix::Entry& entry, const std::string& name, const fs::path& path) {
  const auto usable = [](float value) { return std::isfinite(value) && value >= 0.0f; };
  const std::vector<float> means = entry.means();  // of a count near 0 they are infinite
  if (usable(entry.count) && std::all_of(entry.sums.begin(), entry.sums.end(), usable) &&
      std::all_of(means.begin(), means.end(), usable)) {
    return;
  }
  fail(ErrorCode::kCorrupt, "an importance of " + name + " is no number, or negative",
       path.string());
}

std::vector<float> floats_of(std::span<const std::byte> bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

std::uint64_t small_count(ByteCursor& cursor, const char* what) {
  const auto value = cursor.number<std::int32_t>(what);
  if (value < 0) cursor.corrupt(std::string(what) + " is negative");
  return static_cast<std::uint64_t>(value);
}

std::string text_of(ByteCursor& cursor, const char* what) {
  const std::span<const std::byte> bytes = cursor.take(small_count(cursor, what), what);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// i32 entries; each: name (i32 length, bytes), i32 calls, i32 columns, f32 mean square times calls.
// Then i32 chunks and the text's name, which older files lack.
ImportanceMatrix read_dat(const fs::path& path) {
  const std::string bytes = read_file(path);
  ByteCursor cursor(std::as_bytes(std::span(bytes)), path.string());
  ImportanceMatrix matrix;
  for (std::uint64_t left = small_count(cursor, "number of entries"); left > 0; --left) {
    const std::string name = text_of(cursor, "name of a tensor");
    ImportanceMatrix::Entry entry;
    // Files of old have no calls where they mean one.
    entry.count =
        static_cast<float>(std::max<std::uint64_t>(small_count(cursor, "number of calls"), 1));
    const std::uint64_t columns = small_count(cursor, "number of columns");
    entry.sums = floats_of(cursor.take(columns * sizeof(float), "an entry"));
    check(entry, name, path);
    if (!matrix.entries.emplace(name, std::move(entry)).second) {
      cursor.corrupt("a second entry for " + name);
    }
  }
  if (cursor.remaining() > 0) {
    matrix.chunks = static_cast<std::int64_t>(small_count(cursor, "number of chunks"));
    matrix.texts.push_back(text_of(cursor, "name of the text"));
  }
  return matrix;
}

ImportanceMatrix read_gguf(const fs::path& path) {
  const GgufReader reader(path);
  if (reader.text("general.type", "") != "imatrix") {
    fail(ErrorCode::kMismatch, "a GGUF file, but no importance matrix", path.string(),
         "its general.type would be imatrix");
  }
  ImportanceMatrix matrix;
  for (const auto& [key, value] : {std::pair{"imatrix.chunk_count", &matrix.chunks},
                                   std::pair{"imatrix.chunk_size", &matrix.chunk_size}}) {
    *value = reader.integer(key, 0);
    if (*value >= 0 && *value <= std::numeric_limits<std::int32_t>::max()) continue;
    fail(ErrorCode::kCorrupt, std::string(key) + " is " + std::to_string(*value), path.string());
  }
  if (const GgufValue* texts = reader.find_value("imatrix.datasets")) matrix.texts = texts->texts;
  for (const StoredTensor& tensor : reader.tensors()) {
    if (!tensor.name.ends_with(kSums)) continue;
    const std::string name = tensor.name.substr(0, tensor.name.size() - kSums.size());
    const StoredTensor* counts = reader.find(name + std::string(kCounts));
    if (counts == nullptr || counts->dtype != DType::kF32 || tensor.dtype != DType::kF32 ||
        counts->shape.numel() != 1) {
      fail(ErrorCode::kUnsupported, "an entry without one f32 count", path.string() + ": " + name,
           "matrices of experts are not read");
    }
    ImportanceMatrix::Entry entry{floats_of(reader.data(tensor)),
                                  floats_of(reader.data(*counts)).front()};
    check(entry, name, path);
    matrix.entries.emplace(name, std::move(entry));
  }
  return matrix;
}

void put(std::string& out, std::int64_t value) {
  const auto small = static_cast<std::int32_t>(value);
  out.append(reinterpret_cast<const char*>(&small), sizeof small);
}
void put(std::string& out, const std::string& text) {
  put(out, static_cast<std::int64_t>(text.size()));
  out += text;
}

std::string dat_bytes(const ImportanceMatrix& matrix) {
  const std::int64_t calls = std::max<std::int64_t>(matrix.chunks, 1);
  std::string out;
  put(out, static_cast<std::int64_t>(matrix.entries.size()));
  for (const auto& [name, entry] : matrix.entries) {
    put(out, name);
    put(out, calls);
    put(out, static_cast<std::int64_t>(entry.sums.size()));
    for (const float mean : entry.means()) {
      const float value = mean * static_cast<float>(calls);
      out.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
  }
  put(out, matrix.chunks);
  put(out, matrix.texts.empty() ? std::string() : matrix.texts.back());
  return out;
}

void write_gguf(const fs::path& path, const ImportanceMatrix& matrix) {
  const auto u32 = [](std::int64_t value) {
    return GgufValue::u32(static_cast<std::uint32_t>(value));
  };
  const GgufMetadata metadata{{"general.type", GgufValue::string("imatrix")},
                              {"imatrix.datasets", GgufValue::strings(matrix.texts)},
                              {"imatrix.chunk_count", u32(matrix.chunks)},
                              {"imatrix.chunk_size", u32(matrix.chunk_size)}};
  std::vector<StoredTensor> tensors;
  for (const auto& [name, entry] : matrix.entries) {
    const auto columns = static_cast<std::int64_t>(entry.sums.size());
    tensors.push_back({.name = name + std::string(kSums), .shape = {1, columns}});
    tensors.push_back({.name = name + std::string(kCounts), .shape = {1, 1}});
  }
  GgufWriter writer(path, metadata, tensors);
  for (const auto& [name, entry] : matrix.entries) {
    writer.write(name + std::string(kSums), std::as_bytes(std::span(entry.sums)));
    writer.write(name + std::string(kCounts), std::as_bytes(std::span(&entry.count, 1)));
  }
  writer.commit();
}

bool has_gguf_magic(const fs::path& path) {
  const MappedFile file(path);
  return file.bytes().size() >= 4 && std::memcmp(file.bytes().data(), "GGUF", 4) == 0;
}

}  // namespace

ImportanceMatrix read_importance(const fs::path& path) {
  ImportanceMatrix matrix = has_gguf_magic(path) ? read_gguf(path) : read_dat(path);
  if (matrix.entries.empty()) {
    fail(ErrorCode::kCorrupt, "an importance matrix without entries", path.string());
  }
  return matrix;
}

void write_importance(const fs::path& path, const ImportanceMatrix& matrix) {
  if (path.extension() == ".dat") {
    write_file_atomic(path, dat_bytes(matrix));
  } else {
    write_gguf(path, matrix);
  }
}

}  // namespace lucie
