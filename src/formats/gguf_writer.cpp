// Writes the layout described at the head of gguf_reader.cpp.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>
#include <optional>
#include <span>

#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/placed_file.h"
#include "formats/gguf.h"
#include "formats/gguf_layout.h"
#include "formats/partial_tensors.h"

namespace lucie {
namespace {

template <class T>
void put(std::string& out, T value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

void put_string(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint64_t>(text.size()));
  out.append(text);
}

template <class T>
void put_integer(std::string& out, std::int64_t value, const std::string& key) {
  if (value < static_cast<std::int64_t>(std::numeric_limits<T>::min()) ||
      value > static_cast<std::int64_t>(std::numeric_limits<T>::max())) {
    fail(ErrorCode::kInvalidArgument, std::to_string(value) + " does not fit its GGUF type", key);
  }
  put(out, static_cast<T>(value));
}

void put_integer(std::string& out, std::int64_t value, GgufType type, const std::string& key) {
  switch (type) {
    case GgufType::kU8:
      return put_integer<std::uint8_t>(out, value, key);
    case GgufType::kI8:
      return put_integer<std::int8_t>(out, value, key);
    case GgufType::kU16:
      return put_integer<std::uint16_t>(out, value, key);
    case GgufType::kI16:
      return put_integer<std::int16_t>(out, value, key);
    case GgufType::kU32:
      return put_integer<std::uint32_t>(out, value, key);
    case GgufType::kI32:
      return put_integer<std::int32_t>(out, value, key);
    case GgufType::kBool:
      return put_integer<bool>(out, value, key);
    default:  // u64 keeps its bits
      return put(out, value);
  }
}

void put_real(std::string& out, double value, GgufType type) {
  if (type == GgufType::kF32) {
    put(out, static_cast<float>(value));
  } else {
    put(out, value);
  }
}

void put_array(std::string& out, const GgufValue& value, const std::string& key) {
  put(out, static_cast<std::uint32_t>(value.element));
  if (value.element == GgufType::kString) {
    put(out, static_cast<std::uint64_t>(value.texts.size()));
    for (const std::string& text : value.texts) put_string(out, text);
  } else if (gguf::is_real(value.element)) {
    put(out, static_cast<std::uint64_t>(value.reals.size()));
    for (double real : value.reals) put_real(out, real, value.element);
  } else if (gguf::is_integer(value.element)) {
    put(out, static_cast<std::uint64_t>(value.integers.size()));
    for (std::int64_t item : value.integers) put_integer(out, item, value.element, key);
  } else {
    fail(ErrorCode::kUnsupported, "array of arrays in the metadata", key);
  }
}

void put_pair(std::string& out, const std::string& key, const GgufValue& value) {
  put_string(out, key);
  put(out, static_cast<std::uint32_t>(value.type));
  if (value.type == GgufType::kArray) {
    put_array(out, value, key);
  } else if (value.type == GgufType::kString) {
    put_string(out, value.text);
  } else if (gguf::is_real(value.type)) {
    put_real(out, value.real, value.type);
  } else {
    put_integer(out, value.integer, value.type, key);
  }
}

void put_tensor(std::string& out, const StoredTensor& tensor, std::uint64_t offset) {
  if (tensor.name.size() > gguf::kMaxNameBytes) {
    fail(ErrorCode::kInvalidArgument, "tensor name is longer than GGUF allows (63 bytes)",
         tensor.name);
  }
  put_string(out, tensor.name);
  const int rank = std::max(tensor.shape.rank(), 1);  // a scalar is a vector of one
  put(out, static_cast<std::uint32_t>(rank));
  for (int i = rank - 1; i >= 0; --i) {
    put(out, tensor.shape.rank() == 0 ? std::int64_t{1} : tensor.shape[i]);
  }
  require_readable(tensor, {});
  put(out, gguf::type_id(tensor.dtype));
  put(out, offset);
}

std::uint64_t alignment_of(const GgufMetadata& metadata) {
  for (const auto& [key, value] : metadata) {
    if (key != gguf::kAlignmentKey) continue;
    const bool usable = value.type == GgufType::kU32;  // ggml takes no other
    return gguf::checked_alignment(usable ? value.integer : 0, key);
  }
  return gguf::kDefaultAlignment;
}

std::uint64_t padded(std::uint64_t size, std::uint64_t alignment) {
  return (size + alignment - 1) / alignment * alignment;
}

}  // namespace

// All but the values.
struct GgufWriter::Layout {
  Layout(const fs::path& path, const GgufMetadata& metadata, std::vector<StoredTensor> list)
      : head(gguf::kMagic, sizeof(gguf::kMagic)), tensors(std::move(list)) {
    const TensorIndex names(tensors, path.string());  // refuses duplicates
    const std::uint64_t alignment = alignment_of(metadata);
    put(head, gguf::kVersion);
    put(head, static_cast<std::uint64_t>(tensors.size()));
    put(head, static_cast<std::uint64_t>(metadata.size()));
    for (const auto& [key, value] : metadata) put_pair(head, key, value);
    for (StoredTensor& tensor : tensors) {
      tensor.bytes = stored_bytes(tensor.dtype, tensor.shape, tensor.name);
      tensor.offset = end;
      put_tensor(head, tensor, end);
      end += padded(tensor.bytes, alignment);
    }
    head.resize(padded(head.size(), alignment));
  }

  std::string head;  // from which on offsets count
  std::vector<StoredTensor> tensors;
  std::uint64_t end = 0;
};

// A file that may take several runs.
struct GgufWriter::Partial {
  Partial(const fs::path& path, const Layout& layout, std::string_view key)
      : known(path.string() + ".partial", sha256_hex(sha256_hex(layout.head) + std::string(key))),
        file(known.data(), layout.head.size() + layout.end),
        begin(layout.head.size()) {
    file.write_at(0, std::as_bytes(std::span(layout.head)));
    seen.emplace(known.data());
    std::size_t whole = 0;
    for (std::size_t i = 0; i < layout.tensors.size(); ++i) {
      const std::span<const std::byte> bytes = values(layout.tensors[i]);
      missing.push_back(known.was_finished(i, bytes) ? 0 : bytes.size());
      if (missing.back() == 0) ++whole;
      seen->release(bytes);
    }
    if (whole == 0) return;
    log_info("going on: " + std::to_string(whole) + " of " + std::to_string(missing.size()) +
             " tensors are there already");
  }

  void written(std::size_t i, const StoredTensor& tensor, std::uint64_t bytes) {
    if (std::atomic_ref(missing[i]).fetch_sub(bytes) != bytes) return;
    known.finish(i, values(tensor));
    seen->release(values(tensor));
  }
  std::span<const std::byte> values(const StoredTensor& tensor) const {
    return seen->bytes().subspan(begin + tensor.offset, tensor.bytes);
  }

  PartialTensors known;
  PlacedFile file;
  std::uint64_t begin;                 // of the tensors
  std::vector<std::uint64_t> missing;  // bytes of each
  std::optional<MappedFile> seen;      // the file
};

GgufWriter::GgufWriter(const fs::path& path, const GgufMetadata& metadata,
                       std::vector<StoredTensor> tensors)
    : GgufWriter(path, Layout(path, metadata, std::move(tensors)), nullptr) {}

GgufWriter::GgufWriter(const fs::path& path, const GgufMetadata& metadata,
                       std::vector<StoredTensor> tensors, std::string_view key)
    : GgufWriter(path, Layout(path, metadata, std::move(tensors)), &key) {}

GgufWriter::GgufWriter(const fs::path& path, Layout layout, const std::string_view* key)
    : path_(path) {
  if (key != nullptr) {
    partial_ = std::make_unique<Partial>(path, layout, *key);
  } else {
    file_ = std::make_unique<AtomicFile>(path);
    file_->write(layout.head);
    // The last tensor is padded too: llama.cpp reads the data as one aligned block.
    file_->extend(layout.end);
  }
  tensors_ = TensorPieces(std::move(layout.tensors), layout.head.size());
  for (std::size_t i = 0; i < tensors_.tensors().size(); ++i) {
    if (is_whole(i)) tensors_.place_of(i, 0, tensors_.tensors()[i].bytes);  // counts as written
  }
}

GgufWriter::~GgufWriter() = default;

bool GgufWriter::is_whole(std::size_t tensor) const {
  return partial_ && partial_->missing[tensor] == 0;
}

void GgufWriter::store(std::size_t tensor, std::uint64_t place, std::span<const std::byte> piece) {
  if (!partial_) return file_->write_at(place, piece);
  partial_->file.write_at(place, piece);
  partial_->written(tensor, tensors_.tensors()[tensor], piece.size());
}

void GgufWriter::write(std::string_view name, std::span<const std::byte> data) {
  const std::size_t tensor = tensors_.next();
  store(tensor, tensors_.place_of_next(name, data.size()), data);
}

void GgufWriter::write_at(std::size_t tensor, std::uint64_t offset,
                          std::span<const std::byte> piece) {
  store(tensor, tensors_.place_of(tensor, offset, piece.size()), piece);
}

void GgufWriter::commit() {
  tensors_.check_complete();
  if (!partial_) return file_->commit();
  partial_->file.publish(path_);
  partial_->known.remove();
}

GgufValue GgufValue::u32(std::uint32_t value) {
  GgufValue result;
  result.type = GgufType::kU32;
  result.integer = value;
  return result;
}

GgufValue GgufValue::f32(float value) {
  GgufValue result;
  result.type = GgufType::kF32;
  result.real = static_cast<double>(value);
  return result;
}

GgufValue GgufValue::boolean(bool value) {
  GgufValue result;
  result.type = GgufType::kBool;
  result.integer = value ? 1 : 0;
  return result;
}

GgufValue GgufValue::string(std::string value) {
  GgufValue result;
  result.type = GgufType::kString;
  result.text = std::move(value);
  return result;
}

GgufValue GgufValue::strings(std::vector<std::string> values) {
  GgufValue result;
  result.type = GgufType::kArray;
  result.element = GgufType::kString;
  result.texts = std::move(values);
  return result;
}

GgufValue GgufValue::i32s(std::vector<std::int64_t> values) {
  GgufValue result;
  result.type = GgufType::kArray;
  result.element = GgufType::kI32;
  result.integers = std::move(values);
  return result;
}

GgufValue GgufValue::f32s(std::vector<double> values) {
  GgufValue result;
  result.type = GgufType::kArray;
  result.element = GgufType::kF32;
  result.reals = std::move(values);
  return result;
}

}  // namespace lucie
