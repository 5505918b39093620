#include "tokenizer/word_scanner.h"

#include <cstdint>
#include <vector>

#include "tokenizer/unicode.h"

namespace lucie {
namespace {

enum Kind : std::uint8_t { kOther, kLetter, kNumber, kSpace };

Kind classify(char32_t c) {
  if (unicode::is_space(c)) return kSpace;
  if (unicode::is_letter(c)) return kLetter;
  return unicode::is_number(c) ? kNumber : kOther;
}

class KindTable {
 public:
  KindTable() : kinds_(kPlane) {
    for (char32_t c = 0; c < kPlane; ++c) kinds_[c] = classify(c);
  }
  Kind operator()(char32_t c) const { return c < kPlane ? kinds_[c] : classify(c); }
  Kind of_ascii(unsigned char c) const { return kinds_[c]; }

 private:
  static constexpr char32_t kPlane = 0x10000;
  std::vector<Kind> kinds_;
};

// A reader of one text.
class Scan {
 public:
  explicit Scan(std::string_view text) : text_(text), kinds_(table()) {}

  bool at_end(std::size_t at) const { return at >= text_.size(); }
  Kind kind(std::size_t at) const { return kinds_(unicode::code_point(text_.data() + at)); }
  std::size_t next(std::size_t at) const {
    return at + unicode::char_length(static_cast<unsigned char>(text_[at]));
  }
  // End of the run of characters of one kind that starts at `at`, of at most `most` characters.
  std::size_t run(std::size_t at, Kind wanted, std::size_t most = SIZE_MAX) const {
    for (; most > 0 && !at_end(at); --most) {
      const auto lead = static_cast<unsigned char>(text_[at]);
      if (lead < 0x80) {
        if (kinds_.of_ascii(lead) != wanted) break;
        ++at;
      } else {
        if (kind(at) != wanted) break;
        at = next(at);
      }
    }
    return at;
  }
  // \s+(?!\S)|\s+ : a run of white space without its last character, unless the text ends there
  // or it has only one.
  std::size_t white_space(std::size_t end) const {
    if (at_end(end)) return end;
    const std::size_t last = unicode::previous_char(text_, end);
    return last > 0 ? last : end;
  }

 private:
  static const KindTable& table() {
    static const KindTable instance;
    return instance;
  }
  std::string_view text_;
  const KindTable& kinds_;
};

// 's 't 're 've 'm 'll 'd at the start of `text`, whose first character is the apostrophe; 0 for
// none. Without regard to case, U+017F is an s too.
std::size_t contraction(std::string_view text, bool any_case) {
  const auto letter = [&](std::size_t at) -> char {
    if (at >= text.size()) return 0;
    const char c = text[at];
    return any_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  const char first = letter(1), second = letter(2);
  switch (first) {
    case 's':
    case 't':
    case 'm':
    case 'd':
      return 2;
    case 'r':
    case 'v':
      return second == 'e' ? 3 : 0;
    case 'l':
      return second == 'l' ? 3 : 0;
    default:
      return any_case && text.substr(1).starts_with("\xC5\xBF") ? 3 : 0;
  }
}

std::size_t scan_gpt2(std::string_view text) {
  const Scan scan(text);
  if (text[0] == '\'') {
    if (const std::size_t length = contraction(text, false); length > 0) return length;
  }
  const Kind first = scan.kind(0);
  if (first != kSpace) return scan.run(scan.next(0), first);
  if (text[0] == ' ' && text.size() > 1) {
    if (const Kind second = scan.kind(1); second != kSpace) return scan.run(1, second);
  }
  return scan.white_space(scan.run(0, kSpace));
}

std::size_t scan_cl100k(std::string_view text) {
  const Scan scan(text);
  if (text[0] == '\'') {
    if (const std::size_t length = contraction(text, true); length > 0) return length;
  }
  const auto is_newline = [&](std::size_t at) { return text[at] == '\r' || text[at] == '\n'; };
  const Kind first = scan.kind(0);
  const std::size_t second = scan.next(0);
  if (first == kLetter) return scan.run(second, kLetter);
  if (first == kNumber) return scan.run(0, kNumber, 3);
  const Kind second_kind = scan.at_end(second) ? kSpace : scan.kind(second);
  if (second_kind == kLetter && !is_newline(0)) return scan.run(second, kLetter);
  if (first == kOther || (text[0] == ' ' && second_kind == kOther)) {
    std::size_t end = scan.run(second, kOther);
    while (!scan.at_end(end) && is_newline(end)) ++end;
    return end;
  }
  const std::size_t end = scan.run(0, kSpace);
  for (std::size_t last = end; last > 0; --last) {
    if (is_newline(last - 1)) return last;
  }
  return scan.white_space(end);
}

}  // namespace

WordScanner find_word_scanner(std::string_view regex) {
  if (regex == kGpt2Regex) return scan_gpt2;
  if (regex == kCl100kRegex) return scan_cl100k;
  return nullptr;
}

}  // namespace lucie
