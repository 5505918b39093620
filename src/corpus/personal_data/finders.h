// Finders of personal data (personal_data.h), one a kind: each says whether a thing of its kind
// begins at a place in the text, where it ends, and what is to stand there instead. Inside the
// folder only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lucie::personal {

// A place where a word, a number or a sign that may begin one of these begins.
struct Place {
  std::string_view text;
  std::size_t at = 0;
  std::string_view language;
  std::uint64_t seed = 0;

  // The byte `offset` from here; 0 outside of the text.
  char byte(std::ptrdiff_t offset) const;
  // Whether one of the words (lower case; "tele*" for all that begin so) stands shortly before, on
  // the same line: "Tel.: ".
  bool follows(std::initializer_list<std::string_view> words) const;
  // A number below `range` that follows from what is replaced and the seed.
  std::uint64_t draw(std::string_view replaced, std::uint64_t range) const;
};

struct Found {
  std::size_t end = 0;  // in the text
  std::string replacement;
};

std::optional<Found> find_email(const Place& place);
std::optional<Found> find_phone(const Place& place);
std::optional<Found> find_ip(const Place& place);
std::optional<Found> find_iban(const Place& place);
std::optional<Found> find_card(const Place& place);
std::optional<Found> find_national_id(const Place& place);

inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
inline bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
// ASCII letters, digits, "_" and every byte of a character beyond ASCII but for the spaces below.
bool is_word_byte(char c);

// Bytes of a separator of figures at text[at]: a space, no-break space, ".", "-" or "/"; else 0.
std::size_t separator_length(std::string_view text, std::size_t at);
// Whether a separator or comma and a figure stand right after `end`, or a word goes on there.
bool goes_on(std::string_view text, std::size_t end);
// Whether a figure and a separator stand right before `at`.
bool comes_from_number(std::string_view text, std::size_t at);

// Letters and digits from `at` on, with single separators between; at most `most` of them.
struct Figures {
  std::string characters;          // without separators
  std::vector<std::size_t> sizes;  // of the groups between separators
  std::size_t end = 0;
  bool one_separator = true;  // all separators are the same
};
Figures read_figures(std::string_view text, std::size_t at, std::size_t most, bool letters);

// text[begin, end) with its letters and digits replaced in order by those of `characters`.
std::string in_the_form_of(std::string_view written, std::string_view characters);
// `count` decimal digits of `value`, zeros in front.
std::string digits_of(std::uint64_t value, std::size_t count);

}  // namespace lucie::personal
