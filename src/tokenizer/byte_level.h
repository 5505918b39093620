// The byte-level alphabet of GPT-2: each byte has a printable character. 33-126, 161-172 and
// 174-255 stand for themselves, the other 68 bytes for U+0100 + n in byte order.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lucie::byte_level {

std::string_view character(unsigned char byte);  // UTF-8
std::optional<unsigned char> byte(char32_t character);
// Bytes of a token written in the alphabet; nullopt when some character is not of it.
std::optional<std::string> to_bytes(std::string_view token);
std::string from_bytes(std::string_view bytes);

}  // namespace lucie::byte_level
