#include "formats/thrift_compact.h"

#include <limits>

namespace lucie {
namespace {

constexpr int kMaxDepth = 64;
constexpr std::uint64_t kMaxElements = std::numeric_limits<std::int32_t>::max();

}  // namespace

void ThriftReader::enter() {
  if (++depth_ > kMaxDepth) corrupt("thrift structures nest too deeply");
}

void ThriftReader::begin_structure() {
  if (type_ != Type::kStruct) corrupt("thrift structure expected");
  enter();
}

// The header of a field: its type in the low four bits, in the high ones how far its id is from the
// one before; 0 there means that the id follows.
bool ThriftReader::next_field(int* id) {
  const auto byte = cursor_.number<std::uint8_t>("a thrift field");
  type_ = static_cast<Type>(byte & 0x0fU);
  if (type_ == Type::kStop) return false;
  const int step = byte >> 4U;
  const std::int64_t next = step != 0 ? *id + step : zigzag("a thrift field");
  if (next < 0 || next > std::numeric_limits<std::int16_t>::max()) {
    corrupt("thrift field number out of range");
  }
  *id = static_cast<int>(next);
  return true;
}

std::uint64_t ThriftReader::begin_list(Type* element) {
  if (type_ != Type::kList && type_ != Type::kSet) corrupt("thrift list expected");
  enter();
  const auto byte = cursor_.number<std::uint8_t>("a thrift list");
  *element = static_cast<Type>(byte & 0x0fU);
  const std::uint64_t size = byte >> 4U;
  const std::uint64_t count = size == 15 ? cursor_.varint("the length of a thrift list") : size;
  // Every element takes a byte at least.
  if (count > kMaxElements || count > cursor_.remaining()) corrupt("thrift list is too long");
  return count;
}

// A boolean is in the type of its field, but has a byte of its own in a list.
void ThriftReader::set_element(Type type) {
  type_ = type;
  if (type == Type::kTrue || type == Type::kFalse) {
    const auto value = cursor_.number<std::uint8_t>("a thrift boolean");
    type_ = value == 1 ? Type::kTrue : Type::kFalse;
  }
}

std::int64_t ThriftReader::zigzag(const char* what) {
  const std::uint64_t value = cursor_.varint(what);
  return static_cast<std::int64_t>((value >> 1U) ^ (~(value & 1U) + 1U));
}

std::int64_t ThriftReader::integer() {
  if (type_ == Type::kI8) return cursor_.number<std::int8_t>("a thrift number");
  if (type_ != Type::kI16 && type_ != Type::kI32 && type_ != Type::kI64) {
    corrupt("thrift number expected");
  }
  return zigzag("a thrift number");
}

std::int32_t ThriftReader::integer32() {
  const std::int64_t value = integer();
  if (value < std::numeric_limits<std::int32_t>::min() ||
      value > std::numeric_limits<std::int32_t>::max()) {
    corrupt("thrift number does not fit 32 bits");
  }
  return static_cast<std::int32_t>(value);
}

bool ThriftReader::boolean() {
  if (type_ != Type::kTrue && type_ != Type::kFalse) corrupt("thrift boolean expected");
  return type_ == Type::kTrue;
}

std::string_view ThriftReader::binary() {
  if (type_ != Type::kBinary) corrupt("thrift text expected");
  return cursor_.text(cursor_.varint("the length of a thrift text"), "a thrift text");
}

std::string ThriftReader::text() {
  return std::string(binary());
}

void ThriftReader::skip_value() {
  switch (type_) {
    case Type::kTrue:
    case Type::kFalse:
      return;
    case Type::kI8:
    case Type::kI16:
    case Type::kI32:
    case Type::kI64:
      (void)integer();
      return;
    case Type::kDouble:
      (void)cursor_.take(8, "a thrift number");
      return;
    case Type::kUuid:
      (void)cursor_.take(16, "a thrift uuid");
      return;
    case Type::kBinary:
      (void)binary();
      return;
    case Type::kList:
    case Type::kSet:
      list([this] { skip_value(); });
      return;
    case Type::kMap:
      skip_map();
      return;
    case Type::kStruct:
      structure([](int) { return false; });
      return;
    case Type::kStop:
      break;
  }
  corrupt("unknown thrift type");
}

void ThriftReader::skip_map() {
  enter();
  const std::uint64_t count = cursor_.varint("the length of a thrift map");
  if (count > kMaxElements || count > cursor_.remaining()) corrupt("thrift map is too long");
  if (count > 0) {
    const auto types = cursor_.number<std::uint8_t>("a thrift map");
    for (std::uint64_t i = 0; i < count; ++i) {
      set_element(static_cast<Type>(types >> 4U));
      skip_value();
      set_element(static_cast<Type>(types & 0x0fU));
      skip_value();
    }
  }
  --depth_;
}

}  // namespace lucie
