// The layout, in the order in which it is read here (docs/formats/gguf.md):
//
//   "GGUF" u32 version  u64 tensors  u64 pairs
//   pairs   x  string key, u32 type, value      string = u64 length + bytes
//   tensors x  string name, u32 n, u64 ne[n] (contiguous dimension first), u32 type, u64 offset
//   padding to general.alignment; then data, offsets counting from here
#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>

#include "base/error.h"
#include "formats/byte_cursor.h"
#include "formats/gguf.h"
#include "formats/gguf_layout.h"

namespace lucie {
namespace {

// The least that a pair (empty key, u8) and a tensor (empty name, no dimension) take.
constexpr std::uint64_t kMinPairBytes = 8 + 4 + 1;
constexpr std::uint64_t kMinTensorBytes = 8 + 4 + 4 + 8;

struct Counts {
  std::uint64_t tensors, pairs;
};

Counts read_header(ByteCursor& cursor) {
  const auto magic = cursor.text(sizeof(gguf::kMagic), "the magic number");
  if (magic != std::string_view(gguf::kMagic, sizeof(gguf::kMagic))) {
    cursor.corrupt("does not start with GGUF");
  }
  const auto version = cursor.number<std::uint32_t>("the version");
  if (version != 2 && version != gguf::kVersion) {
    const bool swapped = version != 0 && (version & 0xffff) == 0;
    fail(ErrorCode::kUnsupported,
         swapped ? std::string("big-endian GGUF") : "GGUF version " + std::to_string(version),
         cursor.place(), "versions 2 and 3, little-endian, are read");
  }
  const std::uint64_t tensors = cursor.count(kMinTensorBytes, "the number of tensors");
  return {tensors, cursor.count(kMinPairBytes, "the number of metadata pairs")};
}

std::string read_string(ByteCursor& cursor, const char* what) {
  const std::uint64_t length = cursor.count(1, what);
  return std::string(cursor.text(length, what));
}

GgufType read_type(ByteCursor& cursor) {
  const auto type = cursor.number<std::uint32_t>("a value type");
  if (type > static_cast<std::uint32_t>(GgufType::kF64)) {
    cursor.corrupt("no such value type: " + std::to_string(type));
  }
  return static_cast<GgufType>(type);
}

std::int64_t read_integer(ByteCursor& cursor, GgufType type) {
  constexpr char kWhat[] = "an integer";
  switch (type) {
    case GgufType::kU8:
      return cursor.number<std::uint8_t>(kWhat);
    case GgufType::kI8:
      return cursor.number<std::int8_t>(kWhat);
    case GgufType::kU16:
      return cursor.number<std::uint16_t>(kWhat);
    case GgufType::kI16:
      return cursor.number<std::int16_t>(kWhat);
    case GgufType::kU32:
      return cursor.number<std::uint32_t>(kWhat);
    case GgufType::kI32:
      return cursor.number<std::int32_t>(kWhat);
    case GgufType::kBool: {
      const auto value = cursor.number<std::uint8_t>(kWhat);
      if (value > 1) cursor.corrupt("a bool is " + std::to_string(value));
      return value;
    }
    default:  // u64 keeps its bits
      return cursor.number<std::int64_t>(kWhat);
  }
}

double read_real(ByteCursor& cursor, GgufType type) {
  return type == GgufType::kF32 ? static_cast<double>(cursor.number<float>("a float"))
                                : cursor.number<double>("a float");
}

void read_array(ByteCursor& cursor, GgufValue* value) {
  value->element = read_type(cursor);
  if (value->element == GgufType::kArray) {
    fail(ErrorCode::kUnsupported, "array of arrays in the metadata", cursor.place());
  }
  const std::uint64_t count = cursor.count(gguf::type_bytes(value->element), "an array's length");
  for (std::uint64_t i = 0; i < count; ++i) {
    if (value->element == GgufType::kString) {
      value->texts.push_back(read_string(cursor, "a string of an array"));
    } else if (gguf::is_real(value->element)) {
      value->reals.push_back(read_real(cursor, value->element));
    } else {
      value->integers.push_back(read_integer(cursor, value->element));
    }
  }
}

GgufValue read_value(ByteCursor& cursor) {
  GgufValue value;
  value.type = read_type(cursor);
  if (value.type == GgufType::kArray) {
    read_array(cursor, &value);
  } else if (value.type == GgufType::kString) {
    value.text = read_string(cursor, "a string");
  } else if (gguf::is_real(value.type)) {
    value.real = read_real(cursor, value.type);
  } else {
    value.integer = read_integer(cursor, value.type);
  }
  return value;
}

GgufMetadata read_metadata(ByteCursor& cursor, std::uint64_t pairs) {
  GgufMetadata metadata;
  for (std::uint64_t i = 0; i < pairs; ++i) {
    std::string key = read_string(cursor, "a metadata key");
    GgufValue value = read_value(cursor);
    metadata.emplace_back(std::move(key), std::move(value));
  }
  std::vector<std::string_view> keys;
  for (const auto& [key, value] : metadata) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  const auto twice = std::adjacent_find(keys.begin(), keys.end());
  if (twice != keys.end()) cursor.corrupt("metadata key '" + std::string(*twice) + "' twice");
  return metadata;
}

// The offset is left as in the file, from the start of the data.
StoredTensor read_tensor(ByteCursor& cursor) {
  StoredTensor tensor;
  tensor.name = read_string(cursor, "a tensor's name");
  const std::string place = cursor.place() + ": tensor '" + tensor.name + "'";
  const auto rank = cursor.number<std::uint32_t>("a tensor's rank");
  std::array<std::int64_t, 4> dims{};
  if (rank > dims.size()) {
    fail(ErrorCode::kUnsupported,
         "tensor of " + std::to_string(rank) + " dimensions; at most 4 are handled", place);
  }
  for (std::uint32_t i = 0; i < rank; ++i) {
    dims[rank - 1 - i] = cursor.number<std::int64_t>("a tensor's shape");
  }
  tensor.shape = stored_shape(std::span(dims).first(rank), place);
  const auto id = cursor.number<std::uint32_t>("a tensor's type");
  if (const std::optional<DType> dtype = gguf::dtype_of(id)) {
    tensor.dtype = *dtype;
    tensor.bytes = stored_bytes(*dtype, tensor.shape, place);
  } else if (const ForeignType* foreign = gguf::foreign_type_of(id)) {
    tensor.foreign_type = foreign->name;
    tensor.bytes = stored_bytes(*foreign, tensor.shape, place);
  } else {
    fail(ErrorCode::kUnsupported,
         "tensor '" + tensor.name + "' has type " + std::to_string(id) + ", which is not known",
         cursor.place());
  }
  tensor.offset = cursor.number<std::uint64_t>("a tensor's offset");
  return tensor;
}

// Aligned, within the file, and no two on the same bytes; offsets become absolute.
void place_tensors(std::vector<StoredTensor>* tensors, std::uint64_t data_begin,
                   std::uint64_t file_bytes, std::uint64_t alignment, const std::string& path) {
  const std::uint64_t data_bytes = file_bytes - std::min(file_bytes, data_begin);
  for (StoredTensor& tensor : *tensors) {
    const std::string place = path + ": tensor '" + tensor.name + "'";
    if (tensor.offset % alignment != 0) {
      fail(ErrorCode::kCorrupt, "data is not aligned to " + std::to_string(alignment), place);
    }
    if (tensor.offset > data_bytes || tensor.bytes > data_bytes - tensor.offset) {
      fail(ErrorCode::kCorrupt, "data reaches beyond the end of the file", place,
           "the file is cut short; fetch it again");
    }
    tensor.offset += data_begin;
  }
  std::vector<std::size_t> order(tensors->size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto& list = *tensors;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return list[a].offset != list[b].offset ? list[a].offset < list[b].offset
                                            : list[a].bytes < list[b].bytes;
  });
  for (std::size_t i = 1; i < order.size(); ++i) {
    const StoredTensor& before = list[order[i - 1]];
    if (before.offset + before.bytes > list[order[i]].offset) {
      fail(ErrorCode::kCorrupt, "data overlaps that of '" + before.name + "'",
           path + ": tensor '" + list[order[i]].name + "'");
    }
  }
}

}  // namespace

GgufReader::GgufReader(const fs::path& path) : file_(std::make_shared<const MappedFile>(path)) {
  ByteCursor cursor(file_->bytes(), path.string());
  const Counts counts = read_header(cursor);
  metadata_ = read_metadata(cursor, counts.pairs);
  const std::uint64_t alignment = gguf::checked_alignment(
      integer(gguf::kAlignmentKey, static_cast<std::int64_t>(gguf::kDefaultAlignment)),
      path.string());
  for (std::uint64_t i = 0; i < counts.tensors; ++i) tensors_.push_back(read_tensor(cursor));
  const std::uint64_t begin = (cursor.position() + alignment - 1) / alignment * alignment;
  place_tensors(&tensors_, begin, file_->bytes().size(), alignment, path.string());
  index_ = TensorIndex(tensors_, path.string());
}

const StoredTensor* GgufReader::find(std::string_view name) const {
  return index_.find(tensors_, name);
}

std::span<const std::byte> GgufReader::data(const StoredTensor& tensor) const {
  require_readable(tensor, file_->path().string());
  if (tensor.bytes == 0) return {};  // may stand where the padding of the data would begin
  return file_->bytes().subspan(tensor.offset, tensor.bytes);
}

const GgufValue* GgufReader::find_value(std::string_view key) const {
  const auto it = std::find_if(metadata_.begin(), metadata_.end(),
                               [&](const auto& pair) { return pair.first == key; });
  return it == metadata_.end() ? nullptr : &it->second;
}

std::string GgufReader::text(std::string_view key, std::string fallback) const {
  const GgufValue* value = find_value(key);
  if (value == nullptr) return fallback;
  if (value->type != GgufType::kString) {
    fail(ErrorCode::kCorrupt, "metadata '" + std::string(key) + "' is not a string",
         file_->path().string());
  }
  return value->text;
}

std::int64_t GgufReader::integer(std::string_view key, std::int64_t fallback) const {
  const GgufValue* value = find_value(key);
  if (value == nullptr) return fallback;
  if (!gguf::is_integer(value->type) || (value->type == GgufType::kU64 && value->integer < 0)) {
    fail(ErrorCode::kCorrupt, "metadata '" + std::string(key) + "' is not a 64-bit integer",
         file_->path().string());
  }
  return value->integer;
}

double GgufReader::real(std::string_view key, double fallback) const {
  const GgufValue* value = find_value(key);
  if (value == nullptr) return fallback;
  if (!gguf::is_real(value->type)) {
    fail(ErrorCode::kCorrupt, "metadata '" + std::string(key) + "' is not a float",
         file_->path().string());
  }
  return value->real;
}

}  // namespace lucie
