// How a suffix index lies in its file (docs/formats/suffix-index.md), for those who write and read
// it.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace lucie::suffix_index {

inline constexpr std::string_view kMagic = "LUCIESUF";
inline constexpr std::uint32_t kVersion = 1;
// Ids above are no vocabulary of anyone, and would ask for a table that is larger than the rest.
inline constexpr std::int32_t kMostVocabulary = 1 << 24;

struct Header {  // little-endian; `vocabulary` + 1 counts of 8 bytes follow, pointers, 8 zeros
  char magic[8];
  std::uint32_t version, pointer_bytes;
  std::uint64_t tokens, vocabulary, layout;
};
static_assert(sizeof(Header) == 40);

inline constexpr std::uint64_t kPadding = 8;  // so that the last pointer is read as 8 bytes too

inline std::uint32_t pointer_bytes_for(std::uint64_t tokens) {
  return static_cast<std::uint32_t>(std::bit_width((tokens - 1) | 1) + 7) / 8;
}

inline std::uint64_t pointer_at(const std::byte* pointers, std::uint64_t i, std::uint32_t bytes) {
  std::uint64_t value;
  std::memcpy(&value, pointers + i * bytes, sizeof value);
  return value & (~std::uint64_t{0} >> (64 - 8 * bytes));
}

}  // namespace lucie::suffix_index
