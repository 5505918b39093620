#include "tokenizer/byte_level.h"

#include <array>

#include "base/text.h"

namespace lucie::byte_level {
namespace {

struct Alphabet {
  std::array<std::string, 256> characters;
  std::array<std::optional<unsigned char>, 0x180> bytes;

  Alphabet() {
    char32_t next = 0x100;
    for (unsigned b = 0; b < 256; ++b) {
      const bool printable = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
      const char32_t c = printable ? b : next++;
      append_utf8(characters[b], c);
      bytes[c] = static_cast<unsigned char>(b);
    }
  }
};

const Alphabet& alphabet() {
  static const Alphabet instance;
  return instance;
}

}  // namespace

std::string_view character(unsigned char byte) {
  return alphabet().characters[byte];
}

std::optional<unsigned char> byte(char32_t character) {
  const auto& bytes = alphabet().bytes;
  return character < bytes.size() ? bytes[character] : std::nullopt;
}

std::optional<std::string> to_bytes(std::string_view token) {
  std::string out;
  std::size_t at = 0;
  while (at < token.size()) {
    const auto b = byte(next_code_point(token, &at));
    if (!b) return std::nullopt;
    out += static_cast<char>(*b);
  }
  return out;
}

std::string from_bytes(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += character(static_cast<unsigned char>(c));
  return out;
}

}  // namespace lucie::byte_level
