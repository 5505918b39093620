#include "corpus/personal_data/finders.h"

#include <algorithm>

#include "base/hash.h"
#include "base/text.h"

namespace lucie::personal {

namespace {

constexpr std::size_t kContext = 28;  // bytes before a number in which its name may stand
constexpr std::string_view kNoBreakSpace = "\xC2\xA0", kNarrowSpace = "\xE2\x80\xAF";

bool is_letter_or_digit(char c) {
  return is_digit(c) || is_upper(c) || (c >= 'a' && c <= 'z');
}

}  // namespace

char Place::byte(std::ptrdiff_t offset) const {
  const std::ptrdiff_t index = static_cast<std::ptrdiff_t>(at) + offset;
  return index < 0 || index >= static_cast<std::ptrdiff_t>(text.size())
             ? '\0'
             : text[static_cast<std::size_t>(index)];
}

bool Place::follows(std::initializer_list<std::string_view> words) const {
  const std::size_t begin = at - std::min(at, kContext);
  std::string before = to_lower_ascii(text.substr(begin, at - begin));
  before.erase(0, before.rfind('\n') + 1);
  for (std::string_view word : words) {
    const bool is_start = word.ends_with('*');
    if (is_start) word.remove_suffix(1);
    const std::size_t found = before.rfind(word), end = found + word.size();
    if (found == std::string::npos || (found > 0 && is_word_byte(before[found - 1]))) continue;
    if (is_start || end == before.size() || !is_word_byte(before[end])) return true;
  }
  return false;
}

std::uint64_t Place::draw(std::string_view replaced, std::uint64_t range) const {
  return hash64(replaced, seed) % range;
}

bool is_word_byte(char c) {
  return is_letter_or_digit(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

std::size_t separator_length(std::string_view text, std::size_t at) {
  if (at >= text.size()) return 0;
  const char c = text[at];
  if (c == ' ' || c == '.' || c == '-' || c == '/') return 1;
  const std::string_view rest = text.substr(at);
  if (rest.starts_with(kNoBreakSpace)) return kNoBreakSpace.size();
  return rest.starts_with(kNarrowSpace) ? kNarrowSpace.size() : 0;
}

bool goes_on(std::string_view text, std::size_t end) {
  const bool is_comma = end < text.size() && text[end] == ',';
  const std::size_t separator = is_comma ? 1 : separator_length(text, end);
  if (separator > 0) return end + separator < text.size() && is_digit(text[end + separator]);
  return end < text.size() && (is_word_byte(text[end]) || text[end] == '@');
}

bool comes_from_number(std::string_view text, std::size_t at) {
  if (at == 0) return false;
  std::size_t before = at - 1;
  const std::string_view head = text.substr(0, at);
  if (head.ends_with(kNoBreakSpace)) before = at - kNoBreakSpace.size();
  if (head.ends_with(kNarrowSpace)) before = at - kNarrowSpace.size();
  if (is_digit(text[before])) return true;
  const bool separates = separator_length(text, before) > 0 || text[before] == ',';
  return separates && before > 0 && is_digit(text[before - 1]);
}

Figures read_figures(std::string_view text, std::size_t at, std::size_t most, bool letters) {
  Figures figures;
  std::string_view separator;
  const auto belongs = [&](std::size_t i) {
    return i < text.size() && (is_digit(text[i]) || (letters && is_letter_or_digit(text[i])));
  };
  while (belongs(at) && figures.characters.size() < most) {
    std::size_t size = 0;
    for (; belongs(at) && figures.characters.size() < most; ++at, ++size) {
      figures.characters += text[at];
    }
    figures.sizes.push_back(size);
    figures.end = at;
    const std::size_t length = separator_length(text, at);
    if (length == 0 || !belongs(at + length)) break;
    const std::string_view next = text.substr(at, length);
    if (!separator.empty() && separator != next) figures.one_separator = false;
    separator = next;
    at += length;
  }
  return figures;
}

std::string in_the_form_of(std::string_view written, std::string_view characters) {
  std::string out;
  std::size_t next = 0;
  for (const char c : written) {
    out += is_letter_or_digit(c) && next < characters.size() ? characters[next++] : c;
  }
  return out;
}

std::string digits_of(std::uint64_t value, std::size_t count) {
  std::string digits(count, '0');
  for (std::size_t i = count; i-- > 0; value /= 10) digits[i] = static_cast<char>('0' + value % 10);
  return digits;
}

}  // namespace lucie::personal
