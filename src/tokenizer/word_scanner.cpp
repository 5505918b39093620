#include "tokenizer/word_scanner.h"

#include <bit>
#include <cstdint>

#include "tokenizer/char_kind.h"
#include "tokenizer/unicode.h"
#include "tokenizer/word_block.h"

namespace lucie {

std::size_t contraction_length(std::string_view text, bool any_case) {
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

namespace {

// A reader of one text.
class Scan {
 public:
  explicit Scan(std::string_view text) : text_(text), kinds_(CharKindTable::instance()) {}

  bool at_end(std::size_t at) const { return at >= text_.size(); }
  CharKind kind(std::size_t at) const { return kinds_(unicode::code_point(text_.data() + at)); }
  std::size_t next(std::size_t at) const {
    return at + unicode::char_length(static_cast<unsigned char>(text_[at]));
  }
  // End of the run of characters of one kind that starts at `at`, of at most `most` characters.
  std::size_t run(std::size_t at, CharKind wanted, std::size_t most = SIZE_MAX) const {
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
  std::string_view text_;
  const CharKindTable& kinds_;
};

std::size_t scan_gpt2(std::string_view text) {
  const Scan scan(text);
  if (text[0] == '\'') {
    if (const std::size_t length = contraction_length(text, false); length > 0) return length;
  }
  const CharKind first = scan.kind(0);
  if (first != CharKind::kSpace) return scan.run(scan.next(0), first);
  if (text[0] == ' ' && text.size() > 1) {
    if (const CharKind second = scan.kind(1); second != CharKind::kSpace)
      return scan.run(1, second);
  }
  return scan.white_space(scan.run(0, CharKind::kSpace));
}

std::size_t scan_cl100k(std::string_view text) {
  const Scan scan(text);
  if (text[0] == '\'') {
    if (const std::size_t length = contraction_length(text, true); length > 0) return length;
  }
  const auto is_newline = [&](std::size_t at) { return text[at] == '\r' || text[at] == '\n'; };
  const CharKind first = scan.kind(0);
  const std::size_t second = scan.next(0);
  if (first == CharKind::kLetter) return scan.run(second, CharKind::kLetter);
  if (first == CharKind::kNumber) return scan.run(0, CharKind::kNumber, 3);
  const CharKind second_kind = scan.at_end(second) ? CharKind::kSpace : scan.kind(second);
  if (second_kind == CharKind::kLetter && !is_newline(0))
    return scan.run(second, CharKind::kLetter);
  if (first == CharKind::kOther || (text[0] == ' ' && second_kind == CharKind::kOther)) {
    std::size_t end = scan.run(second, CharKind::kOther);
    while (!scan.at_end(end) && is_newline(end)) ++end;
    return end;
  }
  const std::size_t end = scan.run(0, CharKind::kSpace);
  for (std::size_t last = end; last > 0; --last) {
    if (is_newline(last - 1)) return last;
  }
  return scan.white_space(end);
}

constexpr std::size_t kWorthABlock = 16;  // bytes

// Blocks where there is text enough, one word at a time at the end and where a word is too long.
template <std::size_t (*kScan)(std::string_view), std::uint64_t (WordBlock::*kStarts)() const>
std::size_t cut(std::string_view text, std::size_t at, std::size_t behind, std::span<Span> words) {
  std::size_t count = 0;
  while (at < text.size() && count < words.size()) {
    const std::string_view rest = text.substr(at);
    std::uint64_t starts = 1;
    if (rest.size() >= kWorthABlock && rest.size() + behind >= WordBlock::kSize) {
      if (words.size() - count >= WordBlock::kSize) {
        starts = (WordBlock(rest).*kStarts)();
      } else if (count > 0) {
        return count;
      }
    }
    if (starts == 1) {
      const std::size_t end = at + kScan(rest);
      words[count++] = {at, end};
      at = end;
      continue;
    }
    std::size_t begin = at;
    for (starts &= starts - 1; starts != 0; starts &= starts - 1) {
      const std::size_t end = at + static_cast<std::size_t>(std::countr_zero(starts));
      words[count++] = {begin, end};
      begin = end;
    }
    at = begin;
  }
  return count;
}

constexpr WordScanner kGpt2{scan_gpt2, cut<scan_gpt2, &WordBlock::gpt2_starts>};
constexpr WordScanner kCl100k{scan_cl100k, cut<scan_cl100k, &WordBlock::cl100k_starts>};

}  // namespace

const WordScanner* find_word_scanner(std::string_view regex) {
  if (regex == kGpt2Regex) return &kGpt2;
  if (regex == kCl100kRegex) return &kCl100k;
  return nullptr;
}

}  // namespace lucie
