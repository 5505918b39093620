#include "base/text.h"

namespace lucie {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

// Length and value of the code point at `at`; length 0 when the bytes there are not valid UTF-8.
struct Decoded {
  std::size_t length = 0;
  char32_t code_point = kReplacement;
};

Decoded decode(std::string_view text, std::size_t at) {
  std::size_t ill_formed = 0;
  const std::size_t length = utf8_length(text.substr(at), &ill_formed);
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  if (length == 0) return {};
  if (length == 1) return {1, byte(0)};
  char32_t code_point = byte(0) & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) code_point = code_point << 6 | (byte(i) & 0x3FU);
  return {length, code_point};
}

}  // namespace

std::size_t utf8_length(std::string_view text, std::size_t* ill_formed) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  *ill_formed = 1;
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= text.size()) return 0;
    unsigned low = 0x80, high = 0xBF;
    if (i == 1) {  // no overlong forms, surrogates, or code points above U+10FFFF
      if (lead == 0xE0) low = 0xA0;
      if (lead == 0xED) high = 0x9F;
      if (lead == 0xF0) low = 0x90;
      if (lead == 0xF4) high = 0x8F;
    }
    if (byte(i) < low || byte(i) > high) return 0;
    *ill_formed = i + 1;
  }
  return length;
}

void append_utf8(std::string& out, char32_t code_point) {
  if ((code_point >= 0xD800 && code_point <= 0xDFFF) || code_point > 0x10FFFF) {
    code_point = kReplacement;
  }
  const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
  if (code_point < 0x80) {
    put(code_point);
    return;
  }
  if (code_point < 0x800) {
    put(0xC0 | (code_point >> 6));
  } else {
    if (code_point < 0x10000) {
      put(0xE0 | (code_point >> 12));
    } else {
      put(0xF0 | (code_point >> 18));
      put(0x80 | ((code_point >> 12) & 0x3F));
    }
    put(0x80 | ((code_point >> 6) & 0x3F));
  }
  put(0x80 | (code_point & 0x3F));
}

char32_t next_code_point(std::string_view text, std::size_t* at) {
  const Decoded decoded = decode(text, *at);
  *at += decoded.length == 0 ? 1 : decoded.length;
  return decoded.code_point;
}

bool is_valid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = decode(text, at).length;
    if (length == 0) return false;
    at += length;
  }
  return true;
}

}  // namespace lucie
