// Thrift's compact protocol, reading only (apache/thrift, doc/specs/thrift-compact-protocol.md).
//
// A pull parser over bytes from outside. The caller walks the structures that it knows:
//
//   reader.structure([&](int id) {
//     switch (id) {
//       case 1: rows = reader.integer(); return true;
//       case 2: reader.list([&] { names.push_back(reader.text()); }); return true;
//       default: return false;                       // skipped
//     }
//   });
//
// A value of another type than asked for, data that ends early and nesting beyond 64 levels throw
// Error{kCorrupt} with the offset. A list is walked, never reserved: its length is a claim.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "formats/byte_cursor.h"

namespace lucie {

class ThriftReader {
 public:
  // `origin`: the offset of `bytes` in the file.
  ThriftReader(std::span<const std::byte> bytes, std::string path, std::uint64_t origin)
      : cursor_(bytes, std::move(path), origin) {}

  std::uint64_t position() const { return cursor_.position(); }
  [[noreturn]] void corrupt(std::string message) const { cursor_.corrupt(std::move(message)); }

  // `on_field(id)` reads the value and returns true, or returns false.
  template <class OnField>
  void structure(OnField on_field) {
    begin_structure();
    int id = 0;
    while (next_field(&id)) {
      if (!on_field(id)) skip_value();
    }
    --depth_;
  }

  // `on_element()` reads one element, all of one type.
  template <class OnElement>
  void list(OnElement on_element) {
    Type element{};
    for (std::uint64_t left = begin_list(&element); left > 0; --left) {
      set_element(element);
      on_element();
    }
    --depth_;
  }

  std::int64_t integer();  // i8 to i64
  std::int32_t integer32();
  bool boolean();
  std::string text();

 private:
  enum class Type : std::uint8_t {
    kStop = 0,
    kTrue = 1,
    kFalse = 2,
    kI8 = 3,
    kI16 = 4,
    kI32 = 5,
    kI64 = 6,
    kDouble = 7,
    kBinary = 8,
    kList = 9,
    kSet = 10,
    kMap = 11,
    kStruct = 12,
    kUuid = 13,
  };

  void enter();
  void begin_structure();
  bool next_field(int* id);
  std::uint64_t begin_list(Type* element);
  void set_element(Type type);
  std::int64_t zigzag(const char* what);
  std::string_view binary();
  void skip_value();
  void skip_map();

  ByteCursor cursor_;
  Type type_ = Type::kStruct;  // of the value that comes next
  int depth_ = 0;
};

}  // namespace lucie
