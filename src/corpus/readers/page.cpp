#include "corpus/readers/page.h"

#include <array>
#include <cstdint>

#include "base/text.h"

namespace lucie {

namespace {

constexpr std::string_view kNoBreakSpace = "\xC2\xA0";            // U+00A0
constexpr std::string_view kNarrowNoBreakSpace = "\xE2\x80\xAF";  // U+202F

// Bytes of the white space at `at`, 0 for none.
std::size_t space_width(std::string_view text, std::size_t at) {
  const char c = text[at];
  if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v') return 1;
  if (text.substr(at, 2) == kNoBreakSpace) return 2;
  if (text.substr(at, 3) == kNarrowNoBreakSpace) return 3;
  return 0;
}

// Windows-1252, 0x80 to 0x9F; 0 where it has nothing.
constexpr std::array<char32_t, 32> kWindows1252 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

// Where ISO 8859-15 differs from Latin-1.
char32_t latin9(unsigned char byte) {
  switch (byte) {
    case 0xA4:
      return 0x20AC;
    case 0xA6:
      return 0x0160;
    case 0xA8:
      return 0x0161;
    case 0xB4:
      return 0x017D;
    case 0xB8:
      return 0x017E;
    case 0xBC:
      return 0x0152;
    case 0xBD:
      return 0x0153;
    case 0xBE:
      return 0x0178;
    default:
      return byte;
  }
}

bool says_latin9(std::string_view bytes) {
  std::size_t end = bytes.find('\n');
  if (end != std::string_view::npos) end = bytes.find('\n', end + 1);
  const std::string head = to_lower_ascii(bytes.substr(0, end).substr(0, 400));
  return head.find("coding: iso-8859-15") != std::string::npos ||
         head.find("coding: latin-9") != std::string::npos;
}

}  // namespace

std::string page_text(std::span<const Block> blocks) {
  std::string text;
  const Block* previous = nullptr;
  for (const Block& block : blocks) {
    if (block.text.empty()) continue;
    if (previous != nullptr) {
      const bool same_list = previous->kind == BlockKind::kItem && block.kind == BlockKind::kItem;
      text += same_list ? "\n" : "\n\n";
    }
    text += block.text;
    previous = &block;
  }
  return text;
}

std::string tidy_spaces(std::string_view text, bool keep_newlines) {
  std::string tidy;
  tidy.reserve(text.size());
  bool space = false, newline = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t width = space_width(text, at);
    if (width > 0) {
      space = true;
      newline = newline || (keep_newlines && text[at] == '\n');
      at += width;
      continue;
    }
    if (space && !tidy.empty()) tidy += newline ? '\n' : ' ';
    space = newline = false;
    tidy += text[at++];
  }
  return tidy;
}

std::string tidy_code(std::string_view text) {
  std::string tidy;
  std::size_t blank_lines = 0;
  for (const std::string& line : split(text, '\n')) {
    std::string_view kept = line;
    while (!kept.empty() && (kept.back() == ' ' || kept.back() == '\t' || kept.back() == '\r')) {
      kept.remove_suffix(1);
    }
    if (kept.empty()) {
      ++blank_lines;
      continue;
    }
    if (!tidy.empty()) tidy.append(blank_lines + 1, '\n');
    blank_lines = 0;
    tidy += kept;
  }
  for (std::size_t at; (at = tidy.find(kNoBreakSpace)) != std::string::npos;) {
    tidy.erase(at, 1);
    tidy[at] = ' ';
  }
  return tidy;
}

std::string to_utf8(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (is_valid_utf8(bytes)) return std::string(bytes);
  const bool is_latin9 = says_latin9(bytes);
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 8);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else if (byte < 0xA0) {
      const char32_t point = kWindows1252[byte - 0x80];
      append_utf8(text, point != 0 ? point : 0xFFFD);
    } else {
      append_utf8(text, is_latin9 ? latin9(byte) : byte);
    }
  }
  return text;
}

}  // namespace lucie
