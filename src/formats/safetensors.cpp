#include "formats/safetensors.h"

#include <algorithm>
#include <cstdint>
#include <tuple>

#include "base/error.h"
#include "base/json.h"
#include "formats/byte_cursor.h"

namespace lucie {
namespace {

// The limit of the reference implementation; it keeps a hostile length from costing memory.
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;
constexpr char kMetadataKey[] = "__metadata__";

struct TypeName {
  DType dtype;
  const char* name;
};
constexpr TypeName kTypeNames[] = {
    {DType::kF32, "F32"}, {DType::kF16, "F16"}, {DType::kBF16, "BF16"}, {DType::kI32, "I32"}};

// Element types of the format that have no DType, under the names that users know from elsewhere.
struct ForeignName {
  const char* name;
  ForeignType type;
};
constexpr ForeignName kForeignNames[] = {
    {"BOOL", {"bool", 1, 1}},       {"U8", {"u8", 1, 1}},           {"I8", {"i8", 1, 1}},
    {"I16", {"i16", 1, 2}},         {"U16", {"u16", 1, 2}},         {"U32", {"u32", 1, 4}},
    {"I64", {"i64", 1, 8}},         {"U64", {"u64", 1, 8}},         {"F64", {"f64", 1, 8}},
    {"F8_E4M3", {"f8_e4m3", 1, 1}}, {"F8_E5M2", {"f8_e5m2", 1, 1}}, {"F8_E8M0", {"f8_e8m0", 1, 1}},
    {"C64", {"c64", 1, 8}}};

// Sets the element type; returns the bytes that the tensor's shape then takes.
std::uint64_t set_type(StoredTensor* tensor, const std::string& name, const std::string& place) {
  for (const TypeName& type : kTypeNames) {
    if (name != type.name) continue;
    tensor->dtype = type.dtype;
    return stored_bytes(type.dtype, tensor->shape, place);
  }
  for (const ForeignName& foreign : kForeignNames) {
    if (name != foreign.name) continue;
    tensor->foreign_type = foreign.type.name;
    return stored_bytes(foreign.type, tensor->shape, place);
  }
  fail(ErrorCode::kUnsupported, "element type '" + name + "' is not known", place);
}

const char* type_name(const StoredTensor& tensor) {
  require_readable(tensor, {});
  for (const TypeName& type : kTypeNames) {
    if (tensor.dtype == type.dtype) return type.name;
  }
  fail(ErrorCode::kUnsupported,
       std::string("safetensors has no element type for ") + dtype_info(tensor.dtype).name,
       tensor.name);
}

// A list of integers that are not negative.
std::vector<std::int64_t> integers(const Json& entry, const char* key, const std::string& place) {
  const Json* list = entry.find(key);
  if (list == nullptr || !list->is_array()) {
    fail(ErrorCode::kCorrupt, std::string("tensor entry without a list '") + key + "'", place);
  }
  std::vector<std::int64_t> values;
  for (const Json& item : list->items()) {
    if (!item.is_int() || item.as_int() < 0) {
      fail(ErrorCode::kCorrupt, std::string("'") + key + "' holds something else than a count",
           place);
    }
    values.push_back(item.as_int());
  }
  return values;
}

StoredTensor parse_entry(const Json::Member& member, const std::string& path) {
  const std::string place = path + ": tensor '" + member.first + "'";
  const Json* dtype = member.second.find("dtype");
  if (dtype == nullptr || !dtype->is_string()) {
    fail(ErrorCode::kCorrupt, "tensor entry without 'dtype'", place);
  }
  StoredTensor tensor;
  tensor.name = member.first;
  tensor.shape = stored_shape(integers(member.second, "shape", place), place);
  const std::vector<std::int64_t> range = integers(member.second, "data_offsets", place);
  if (range.size() != 2 || range[0] > range[1]) {
    fail(ErrorCode::kCorrupt, "'data_offsets' is not a range", place);
  }
  tensor.offset = static_cast<std::uint64_t>(range[0]);  // from the start of the data, for now
  tensor.bytes = static_cast<std::uint64_t>(range[1] - range[0]);
  const std::uint64_t wanted = set_type(&tensor, dtype->as_string(), place);
  if (tensor.bytes != wanted) {
    fail(ErrorCode::kCorrupt,
         "shape " + tensor.shape.str() + " takes " + std::to_string(wanted) +
             " bytes, 'data_offsets' spans " + std::to_string(tensor.bytes),
         place);
  }
  return tensor;
}

void parse_metadata(const Json& value, const std::string& path,
                    std::map<std::string, std::string>* metadata) {
  if (!value.is_object()) fail(ErrorCode::kCorrupt, "'__metadata__' is not an object", path);
  for (const auto& [key, text] : value.members()) {
    if (!text.is_string()) {
      fail(ErrorCode::kCorrupt, "'__metadata__' holds something else than text", path + ": " + key);
    }
    (*metadata)[key] = text.as_string();
  }
}

// Sorts by offset, demands that the tensors cover the data exactly, makes offsets absolute.
void place_tensors(std::vector<StoredTensor>* tensors, std::uint64_t data_begin,
                   std::uint64_t data_bytes, const std::string& path) {
  std::sort(tensors->begin(), tensors->end(), [](const StoredTensor& a, const StoredTensor& b) {
    return std::tie(a.offset, a.bytes, a.name) < std::tie(b.offset, b.bytes, b.name);
  });
  std::uint64_t end = 0;
  for (StoredTensor& tensor : *tensors) {
    const std::string place = path + ": tensor '" + tensor.name + "'";
    if (tensor.offset != end) {
      fail(ErrorCode::kCorrupt,
           std::string(tensor.offset < end ? "tensor overlaps the one before it"
                                           : "gap before tensor") +
               " (starts at " + std::to_string(tensor.offset) + " of the data, expected " +
               std::to_string(end) + ")",
           place);
    }
    if (tensor.bytes > data_bytes - end) {
      fail(ErrorCode::kCorrupt, "tensor reaches beyond the end of the file", place,
           "the file is cut short; fetch it again");
    }
    end += tensor.bytes;
    tensor.offset += data_begin;
  }
  if (end != data_bytes) {
    fail(ErrorCode::kCorrupt,
         std::to_string(data_bytes - end) + " bytes after the last tensor belong to none", path);
  }
}

}  // namespace

SafetensorsReader::SafetensorsReader(const fs::path& path)
    : file_(std::make_shared<const MappedFile>(path)) {
  ByteCursor cursor(file_->bytes(), path.string());
  const auto length = cursor.number<std::uint64_t>("the header's length");
  if (length > kMaxHeaderBytes) {
    fail(ErrorCode::kCorrupt, "header of " + std::to_string(length) + " bytes is too long",
         cursor.place(), "this is no safetensors file");
  }
  const std::string_view text = cursor.text(length, "the header");
  const Json header = parse_json(text, path.string());
  if (!header.is_object()) fail(ErrorCode::kCorrupt, "header is not a JSON object", path.string());
  for (const Json::Member& member : header.members()) {
    if (member.first == kMetadataKey) {
      parse_metadata(member.second, path.string(), &metadata_);
    } else {
      tensors_.push_back(parse_entry(member, path.string()));
    }
  }
  place_tensors(&tensors_, cursor.position(), cursor.remaining(), path.string());
  index_ = TensorIndex(tensors_, path.string());
}

const StoredTensor* SafetensorsReader::find(std::string_view name) const {
  return index_.find(tensors_, name);
}

std::span<const std::byte> SafetensorsReader::data(const StoredTensor& tensor) const {
  require_readable(tensor, file_->path().string());
  return file_->bytes().subspan(tensor.offset, tensor.bytes);
}

SafetensorsWriter::SafetensorsWriter(const fs::path& path, std::vector<StoredTensor> tensors,
                                     const std::map<std::string, std::string>& metadata)
    : file_(path) {
  const TensorIndex names(tensors, path.string());  // refuses duplicates
  if (names.find(tensors, kMetadataKey) != nullptr) {
    fail(ErrorCode::kInvalidArgument, "safetensors has no room for a tensor of that name",
         kMetadataKey);
  }
  Json header = Json::object();
  if (!metadata.empty()) {
    Json& text = header[kMetadataKey];
    text = Json::object();
    for (const auto& [key, value] : metadata) text[key] = value;
  }
  std::uint64_t end = 0;
  for (StoredTensor& tensor : tensors) {
    tensor.bytes = stored_bytes(tensor.dtype, tensor.shape, tensor.name);
    tensor.offset = end;
    end += tensor.bytes;
    Json shape = Json::array();
    for (int i = 0; i < tensor.shape.rank(); ++i) shape.push_back(tensor.shape[i]);
    Json entry = Json::object();
    entry["dtype"] = type_name(tensor);
    entry["shape"] = std::move(shape);
    entry["data_offsets"] = Json::Array{Json(tensor.offset), Json(end)};
    header.members().emplace_back(tensor.name, std::move(entry));
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // the data starts at a multiple of 8
  const std::uint64_t length = text.size();
  file_.write(std::as_bytes(std::span(&length, 1)));
  file_.write(text);
  tensors_ = TensorPieces(std::move(tensors), file_.offset());
  file_.extend(end);
}

void SafetensorsWriter::write(std::string_view name, std::span<const std::byte> data) {
  file_.write_at(tensors_.place_of_next(name, data.size()), data);
}

void SafetensorsWriter::write_at(std::size_t tensor, std::uint64_t offset,
                                 std::span<const std::byte> piece) {
  file_.write_at(tensors_.place_of(tensor, offset, piece.size()), piece);
}

void SafetensorsWriter::commit() {
  tensors_.check_complete();
  file_.commit();
}

}  // namespace lucie
