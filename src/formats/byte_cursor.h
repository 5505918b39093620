// A checked walk through little-endian bytes that came from outside: reading past the end is an
// Error{kCorrupt} with the path and offset, never undefined.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/error.h"

namespace lucie {

static_assert(std::endian::native == std::endian::little, "the formats are read in place");

class ByteCursor {
 public:
  // `origin` is where `bytes` stand in the file, for the places of errors.
  ByteCursor(std::span<const std::byte> bytes, std::string path, std::uint64_t origin = 0)
      : bytes_(bytes), path_(std::move(path)), origin_(origin) {}

  std::uint64_t position() const { return position_; }
  std::uint64_t remaining() const { return bytes_.size() - position_; }
  std::string place() const { return path_ + ":" + std::to_string(origin_ + position_); }
  [[noreturn]] void corrupt(std::string message) const {
    fail(ErrorCode::kCorrupt, std::move(message), place());
  }

  std::span<const std::byte> take(std::uint64_t count, const char* what) {
    if (count > remaining()) {
      corrupt(std::string("file ends within ") + what + " (" + std::to_string(count) +
              " bytes wanted, " + std::to_string(remaining()) + " left)");
    }
    const auto part = bytes_.subspan(position_, count);
    position_ += count;
    return part;
  }

  template <class T>
    requires std::is_arithmetic_v<T>
  T number(const char* what) {
    T value;
    std::memcpy(&value, take(sizeof(T), what).data(), sizeof(T));
    return value;
  }

  // A count of things of at least `each` bytes: refused before anything of that size is allocated.
  std::uint64_t count(std::uint64_t each, const char* what) {
    const auto value = number<std::uint64_t>(what);
    if (value > remaining() / each) {
      corrupt(std::string(what) + " is " + std::to_string(value) + ", more than the file can hold");
    }
    return value;
  }

  // LEB128: seven bits a byte, the lowest first.
  std::uint64_t varint(const char* what) {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = number<std::uint8_t>(what);
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return value;
    }
    corrupt(std::string(what) + " is a number of more than 64 bits");
  }

  std::string_view text(std::uint64_t length, const char* what) {
    const auto part = take(length, what);
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }

 private:
  std::span<const std::byte> bytes_;
  std::string path_;
  std::uint64_t origin_ = 0, position_ = 0;
};

}  // namespace lucie
