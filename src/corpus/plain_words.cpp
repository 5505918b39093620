#include "corpus/plain_words.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "base/text.h"
#include "tokenizer/unicode.h"

namespace lucie {

namespace {

constexpr std::size_t kBlock = 64 * 1024;

enum class Kind : std::uint8_t { kSpace, kDigit, kLetter, kAlone };

// What becomes of a character: at most nine bytes, the jamo of a Hangul syllable. No bytes: a mark.
struct Plain {
  Kind kind = Kind::kLetter;
  std::uint8_t size = 0;
  std::array<char, 10> bytes{};
  std::string_view text() const { return {bytes.data(), size}; }
};

// datatrove's list of punctuation, which is not Unicode's: quotes and bullets of some kinds stay.
bool is_datatrove_punctuation(char32_t c) {
  static constexpr char32_t kMarks[] = {
      0x00AB, 0x00B4, 0x00BB, 0x2013, 0x2014, 0x2019, 0x201C, 0x201D, 0x201E, 0x2026, 0x2236,
      0x2501, 0x25BA, 0x3001, 0x3002, 0x3008, 0x3009, 0x300A, 0x300B, 0x300C, 0x300D, 0x3010,
      0x3011, 0xFF01, 0xFF05, 0xFF08, 0xFF09, 0xFF0C, 0xFF0E, 0xFF1A, 0xFF1B, 0xFF1F, 0xFF5E};
  if (c < 0x80) {
    const bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return !alphanumeric;
  }
  return c < 0xA0 || std::find(std::begin(kMarks), std::end(kMarks), c) != std::end(kMarks);
}

bool is_decimal_separator(char32_t c) {
  return c == '.' || c == ',' || c == 0x060C || c == 0x066B || (c >= 0x2396 && c <= 0x2398);
}

Plain plain_of(char32_t c) {
  Plain plain;
  std::string lower;
  unicode::append_lower_case(lower, c);
  std::size_t at = 0;
  const char32_t first = next_code_point(lower, &at);
  if (unicode::is_decimal_digit(first)) {
    plain.kind = Kind::kDigit;
    return plain;
  }
  if (unicode::is_space(first) || is_datatrove_punctuation(first)) {
    plain.kind = Kind::kSpace;
    return plain;
  }
  unicode::normalize(lower, unicode::NormalForm::kNfd);
  for (at = 0; at < lower.size();) {
    const std::size_t start = at;
    const char32_t part = next_code_point(lower, &at);
    if (unicode::is_nonspacing_mark(part) || plain.size + (at - start) > plain.bytes.size())
      continue;
    if (is_word_alone(part)) plain.kind = Kind::kAlone;
    std::copy(lower.begin() + static_cast<std::ptrdiff_t>(start),
              lower.begin() + static_cast<std::ptrdiff_t>(at), plain.bytes.begin() + plain.size);
    plain.size = static_cast<std::uint8_t>(plain.size + (at - start));
  }
  return plain;
}

// The first two planes, where nearly all text is; beyond them are rare ideographs.
class Table {
 public:
  static const Table& get() {
    static const Table table;
    return table;
  }
  const Plain& operator[](char32_t c) const { return entries_[c]; }
  static constexpr char32_t kSize = 0x20000;

 private:
  Table() : entries_(kSize) {
    for (char32_t c = 0; c < kSize; ++c) entries_[c] = plain_of(c);
  }
  std::vector<Plain> entries_;
};

// Small sigma has another form at the end of a word. Python looks past punctuation inside words;
// this looks at the neighbours only.
bool is_final_sigma(std::string_view text, std::size_t at, std::size_t next) {
  if (at == 0) return false;
  std::size_t before = at - 1;
  while (before > 0 && (static_cast<unsigned char>(text[before]) & 0xC0) == 0x80) --before;
  if (!unicode::is_letter(next_code_point(text, &before))) return false;
  return next >= text.size() || !unicode::is_letter(next_code_point(text, &next));
}

bool skip_digit(std::string_view text, std::size_t* at) {
  std::size_t next = *at;
  if (next >= text.size() || !unicode::is_decimal_digit(next_code_point(text, &next))) return false;
  *at = next;
  return true;
}

// Behind the number whose first digit ends at `at`: digits, and once a separator and more digits.
std::size_t end_of_number(std::string_view text, std::size_t at) {
  while (skip_digit(text, &at)) {
  }
  std::size_t fraction = at;
  if (at >= text.size() || !is_decimal_separator(next_code_point(text, &fraction))) return at;
  if (!skip_digit(text, &fraction)) return at;
  while (skip_digit(text, &fraction)) {
  }
  return fraction;
}

class Writer {
 public:
  explicit Writer(PlainWords* words) : words_(words) {}
  // `at`: where in the text that is read the bytes come from.
  void append(std::string_view bytes, std::size_t at) {
    if (bytes.empty()) return;
    if (!in_word_) begin(at);
    words_->text.append(bytes);
  }
  void end() { in_word_ = false; }
  bool in_word() const { return in_word_; }

 private:
  void begin(std::size_t at) {
    in_word_ = true;
    words_->read_at.push_back(at);
    if (!words_->text.empty()) words_->text.push_back(' ');
    words_->starts.push_back(words_->text.size());
  }
  PlainWords* words_;
  bool in_word_ = false;
};

}  // namespace

bool is_word_alone(char32_t c) {
  struct Range {
    char32_t first, last;
  };
  static constexpr Range kRanges[] = {
      {0x0E00, 0x109F}, {0x1780, 0x17FF}, {0x2E80, 0x2FDF},   {0x3005, 0x3007},  {0x3040, 0x312F},
      {0x31A0, 0x31BF}, {0x31F0, 0x31FF}, {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},  {0xA9E0, 0xA9FF},
      {0xAA60, 0xAA7F}, {0xF900, 0xFAFF}, {0x1B000, 0x1B16F}, {0x20000, 0x3FFFF}};
  return c >= kRanges[0].first &&
         std::any_of(std::begin(kRanges), std::end(kRanges),
                     [c](Range range) { return c >= range.first && c <= range.last; });
}

std::string_view PlainWords::range(std::size_t first, std::size_t count) const {
  const std::size_t begin = starts[first];
  const std::size_t end = first + count < size() ? starts[first + count] - 1 : text.size();
  return std::string_view(text).substr(begin, end - begin);
}

void PlainWords::keep_last(std::size_t count) {
  if (count >= size()) return;
  const std::size_t gone = size() - count;
  const std::size_t bytes = count == 0 ? text.size() : starts[gone];
  text.erase(0, bytes);
  starts.erase(starts.begin(), starts.begin() + static_cast<std::ptrdiff_t>(gone));
  read_at.erase(read_at.begin(), read_at.begin() + static_cast<std::ptrdiff_t>(gone));
  for (std::size_t& start : starts) start -= bytes;
}

bool PlainWordReader::read(PlainWords* words) {
  const Table& table = Table::get();
  const std::size_t before = words->size(), begin = at_;
  Writer writer(words);
  while (at_ < text_.size()) {
    const std::size_t start = at_;
    const auto byte = static_cast<unsigned char>(text_[at_]);
    const char32_t c = byte < 0x80 ? (++at_, byte) : next_code_point(text_, &at_);
    const Plain plain = c < Table::kSize ? table[c] : plain_of(c);
    switch (plain.kind) {
      case Kind::kLetter:
        if (c == 0x3A3 && is_final_sigma(text_, start, at_)) {
          writer.append("\xCF\x82", start);
        } else {
          writer.append(plain.text(), start);
        }
        break;
      case Kind::kAlone:
        writer.end();
        writer.append(plain.text(), start);
        writer.end();
        break;
      case Kind::kDigit:
        at_ = end_of_number(text_, at_);
        writer.append("0", start);
        break;
      case Kind::kSpace:
        writer.end();
        break;
    }
    const bool enough = at_ - begin >= kBlock && words->size() > before;
    if (enough && !writer.in_word()) return true;
  }
  return words->size() > before;
}

}  // namespace lucie
