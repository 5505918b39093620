#include "formats/snappy.h"

#include <cstring>

#include "formats/byte_cursor.h"

namespace lucie {
namespace {

// `length` bytes from `distance` back, which may overlap what they make.
void copy_back(std::byte* to, std::size_t distance, std::size_t length) {
  const std::byte* from = to - distance;
  if (distance >= length) {
    std::memcpy(to, from, length);
  } else {
    for (std::size_t i = 0; i < length; ++i) to[i] = from[i];
  }
}

// A little-endian number of one to four bytes.
std::size_t small_number(ByteCursor& cursor, std::size_t bytes) {
  std::uint32_t value = 0;
  std::memcpy(&value, cursor.take(bytes, "a snappy block").data(), bytes);
  return value;
}

}  // namespace

void decompress_snappy(std::span<const std::byte> in, std::span<std::byte> out,
                       const std::string& place) {
  const auto corrupt = [&](const char* why) {
    fail(ErrorCode::kCorrupt, std::string("damaged snappy block: ") + why, place);
  };
  ByteCursor cursor(in, place);
  if (cursor.varint("a snappy block") != out.size()) corrupt("another size than stated");
  std::size_t done = 0;
  while (cursor.remaining() > 0) {
    const auto tag = cursor.number<std::uint8_t>("a snappy block");
    const std::size_t high = tag >> 2U;
    std::size_t length = 0, distance = 0;
    switch (tag & 3U) {
      case 0:  // a literal: up to 60 bytes, or the length in one to four bytes
        length = (high < 60 ? high : small_number(cursor, high - 59)) + 1;
        break;
      case 1:
        length = 4 + (high & 7U);
        distance = (std::size_t{tag} >> 5U) << 8U | small_number(cursor, 1);
        break;
      case 2:
        length = high + 1;
        distance = small_number(cursor, 2);
        break;
      default:
        length = high + 1;
        distance = small_number(cursor, 4);
        break;
    }
    if (length > out.size() - done) corrupt("longer than stated");
    if ((tag & 3U) == 0) {
      std::memcpy(out.data() + done, cursor.take(length, "a snappy block").data(), length);
    } else {
      if (distance == 0 || distance > done) corrupt("a copy from before its start");
      copy_back(out.data() + done, distance, length);
    }
    done += length;
  }
  if (done != out.size()) corrupt("shorter than stated");
}

}  // namespace lucie
