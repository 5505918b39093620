#include "formats/parquet_values.h"

#include "formats/parquet_runs.h"

namespace lucie::parquet {
namespace {

enum Encoding : std::int32_t {
  kPlain = 0,
  kPlainDictionary = 2,
  kRle = 3,
  kBitPacked = 4,
  kDeltaBinaryPacked = 5,
  kDeltaLengthByteArray = 6,
  kDeltaByteArray = 7,
  kRleDictionary = 8,
  kByteStreamSplit = 9,
};

std::uint64_t width_of(const SchemaElement& leaf) {
  switch (*leaf.type) {
    case Type::kInt32:
    case Type::kFloat:
      return 4;
    case Type::kInt64:
    case Type::kDouble:
      return 8;
    case Type::kInt96:
      return 12;
    case Type::kFixed:
      return static_cast<std::uint64_t>(leaf.type_length);
    case Type::kBoolean:
    case Type::kByteArray:
      break;
  }
  return 0;
}

template <class T>
T load(std::string_view bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

// `bytes`: width_of() of them.
void set_value(Type type, std::string_view bytes, Value* value) {
  switch (type) {
    case Type::kInt32:
      value->integer = load<std::int32_t>(bytes);
      return;
    case Type::kInt64:
      value->integer = load<std::int64_t>(bytes);
      return;
    case Type::kFloat:
      value->real = static_cast<double>(load<float>(bytes));
      return;
    case Type::kDouble:
      value->real = load<double>(bytes);
      return;
    default:
      value->bytes = bytes;
      return;
  }
}

class PlainValues final : public ValueReader {
 public:
  PlainValues(const SchemaElement& leaf, ByteCursor bytes)
      : type_(*leaf.type), width_(width_of(leaf)), bytes_(std::move(bytes)) {}

  void next(Value* value) override {
    if (type_ == Type::kByteArray) {
      const auto length = bytes_.number<std::uint32_t>("a value");
      value->bytes = bytes_.text(length, "a value");
    } else {
      set_value(type_, bytes_.text(width_, "a value"), value);
    }
  }

 private:
  Type type_;
  std::uint64_t width_;
  ByteCursor bytes_;
};

class PlainBooleans final : public ValueReader {
 public:
  explicit PlainBooleans(ByteCursor bytes) : bytes_(std::move(bytes)) {}

  void next(Value* value) override {
    if (bit_ == 8) {
      bits_ = bytes_.number<std::uint8_t>("a value");
      bit_ = 0;
    }
    value->integer = (bits_ >> static_cast<unsigned>(bit_++)) & 1;
  }

 private:
  ByteCursor bytes_;
  int bits_ = 0, bit_ = 8;
};

// RLE as an encoding of values is for booleans only; the length comes first.
class RunBooleans final : public ValueReader {
 public:
  explicit RunBooleans(ByteCursor bytes) : runs_(past_length(std::move(bytes)), 1) {}
  void next(Value* value) override { value->integer = runs_.next(); }

 private:
  static ByteCursor past_length(ByteCursor bytes) {
    if (bytes.number<std::uint32_t>("a run") > bytes.remaining()) {
      bytes.corrupt("runs longer than their page");
    }
    return bytes;
  }
  RunReader runs_;
};

class DictionaryValues final : public ValueReader {
 public:
  DictionaryValues(ByteCursor bytes, const std::vector<Value>& dictionary)
      : place_(bytes), dictionary_(dictionary), indices_(open(std::move(bytes))) {}

  void next(Value* value) override {
    const std::uint32_t index = indices_.next();
    if (index >= dictionary_.size()) {
      place_.corrupt("value " + std::to_string(index) + " of a dictionary of " +
                     std::to_string(dictionary_.size()));
    }
    *value = dictionary_[index];
  }

 private:
  static RunReader open(ByteCursor bytes) {
    const int width = bytes.number<std::uint8_t>("a width");
    return {std::move(bytes), width};
  }
  ByteCursor place_;
  const std::vector<Value>& dictionary_;
  RunReader indices_;
};

class DeltaIntegers final : public ValueReader {
 public:
  DeltaIntegers(Type type, ByteCursor bytes) : type_(type), values_(std::move(bytes)) {}

  void next(Value* value) override {
    const std::int64_t wide = values_.next();
    value->integer = type_ == Type::kInt32 ? static_cast<std::int32_t>(wide) : wide;
  }

 private:
  Type type_;
  DeltaReader values_;
};

// All lengths, then all bytes.
class DeltaLengthBytes final : public ValueReader {
 public:
  explicit DeltaLengthBytes(ByteCursor bytes)
      : lengths_(bytes), bytes_(DeltaReader(std::move(bytes)).rest()) {}

  void next(Value* value) override {
    const std::int64_t length = lengths_.next();
    if (length < 0) bytes_.corrupt("a value of negative length");
    value->bytes = bytes_.text(static_cast<std::uint64_t>(length), "a value");
  }

 private:
  DeltaReader lengths_;
  ByteCursor bytes_;
};

// How much of the value before each begins with, then the rest of each.
class DeltaBytes final : public ValueReader {
 public:
  DeltaBytes(const SchemaElement& leaf, ByteCursor bytes)
      : width_(width_of(leaf)),
        place_(bytes),
        prefixes_(bytes),
        suffixes_(DeltaReader(std::move(bytes)).rest()) {}

  void next(Value* value) override {
    const std::int64_t prefix = prefixes_.next();
    if (prefix < 0 || static_cast<std::uint64_t>(prefix) > text_.size()) {
      place_.corrupt("a value that begins with more than the one before");
    }
    suffixes_.next(value);
    text_.resize(static_cast<std::size_t>(prefix));
    text_ += value->bytes;
    if (width_ != 0 && text_.size() != width_) place_.corrupt("a value of another length");
    value->bytes = text_;
  }

 private:
  std::uint64_t width_;
  ByteCursor place_;
  DeltaReader prefixes_;
  DeltaLengthBytes suffixes_;
  std::string text_;
};

// The first bytes of all values, then their second bytes, and so on.
class SplitValues final : public ValueReader {
 public:
  SplitValues(const SchemaElement& leaf, ByteCursor bytes)
      : type_(*leaf.type),
        place_(bytes),
        value_(width_of(leaf), '\0'),
        count_(bytes.remaining() / value_.size()),
        bytes_(bytes.text(count_ * value_.size(), "values")) {}

  void next(Value* value) override {
    if (at_ == count_) place_.corrupt("data ends within a value");
    for (std::size_t i = 0; i < value_.size(); ++i) value_[i] = bytes_[i * count_ + at_];
    ++at_;
    set_value(type_, value_, value);
  }

 private:
  Type type_;
  ByteCursor place_;
  std::string value_;
  std::size_t count_, at_ = 0;
  std::string_view bytes_;
};

std::unique_ptr<ValueReader> make_plain(const SchemaElement& leaf, ByteCursor bytes) {
  if (*leaf.type == Type::kBoolean) return std::make_unique<PlainBooleans>(std::move(bytes));
  return std::make_unique<PlainValues>(leaf, std::move(bytes));
}

}  // namespace

std::unique_ptr<ValueReader> make_value_reader(const SchemaElement& leaf, std::int32_t encoding,
                                               ByteCursor bytes,
                                               const std::vector<Value>& dictionary) {
  const Type type = *leaf.type;
  const bool integer = type == Type::kInt32 || type == Type::kInt64;
  const bool fixed = type == Type::kFixed;
  const auto wrong = [&](bool allowed, const char* name) {
    if (!allowed) bytes.corrupt(std::string(name) + " values in a column of another type");
  };
  switch (encoding) {
    case kPlain:
      return make_plain(leaf, std::move(bytes));
    case kPlainDictionary:
    case kRleDictionary:
      return std::make_unique<DictionaryValues>(std::move(bytes), dictionary);
    case kRle:
      wrong(type == Type::kBoolean, "RLE");
      return std::make_unique<RunBooleans>(std::move(bytes));
    case kDeltaBinaryPacked:
      wrong(integer, "DELTA_BINARY_PACKED");
      return std::make_unique<DeltaIntegers>(type, std::move(bytes));
    case kDeltaLengthByteArray:
      wrong(type == Type::kByteArray, "DELTA_LENGTH_BYTE_ARRAY");
      return std::make_unique<DeltaLengthBytes>(std::move(bytes));
    case kDeltaByteArray:
      wrong(type == Type::kByteArray || fixed, "DELTA_BYTE_ARRAY");
      return std::make_unique<DeltaBytes>(leaf, std::move(bytes));
    case kByteStreamSplit:
      wrong(integer || fixed || type == Type::kFloat || type == Type::kDouble, "BYTE_STREAM_SPLIT");
      return std::make_unique<SplitValues>(leaf, std::move(bytes));
    default:
      break;
  }
  fail(ErrorCode::kUnsupported,
       encoding == kBitPacked ? "values in the old encoding BIT_PACKED"
                              : "values in the unknown encoding " + std::to_string(encoding),
       bytes.place());
}

std::vector<Value> read_dictionary(const SchemaElement& leaf, std::int32_t count,
                                   ByteCursor bytes) {
  const std::uint64_t each = *leaf.type == Type::kByteArray ? 4 : width_of(leaf);
  if (each == 0) bytes.corrupt("a dictionary of booleans");
  if (count < 0 || static_cast<std::uint64_t>(count) > bytes.remaining() / each) {
    bytes.corrupt("a dictionary of " + std::to_string(count) +
                  " values, more than its page can hold");
  }
  std::vector<Value> values(static_cast<std::size_t>(count));
  const auto reader = make_plain(leaf, std::move(bytes));
  for (Value& value : values) reader->next(&value);
  return values;
}

}  // namespace lucie::parquet
