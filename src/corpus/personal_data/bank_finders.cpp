// Bank accounts (IBAN, ISO 13616) and payment cards (ISO/IEC 7812), told by their check digits
// (finders.h).
#include <algorithm>
#include <array>

#include "corpus/personal_data/finders.h"

namespace lucie::personal {

namespace {

// Length of an IBAN by country, from the registry of SWIFT (release 99); 0: none.
std::size_t iban_length(std::string_view country) {
  struct Length {
    std::string_view country;
    std::size_t length;
  };
  constexpr Length kLengths[] = {
      {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16},
      {"BG", 22}, {"BH", 22}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28},
      {"CZ", 24}, {"DE", 22}, {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24},
      {"FI", 18}, {"FO", 18}, {"FR", 27}, {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18},
      {"GR", 27}, {"GT", 28}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23},
      {"IS", 26}, {"IT", 27}, {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32},
      {"LI", 21}, {"LT", 20}, {"LU", 20}, {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24},
      {"ME", 22}, {"MK", 19}, {"MR", 27}, {"MT", 31}, {"MU", 30}, {"NL", 18}, {"NO", 15},
      {"PK", 24}, {"PL", 28}, {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22},
      {"SA", 24}, {"SC", 31}, {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27},
      {"ST", 25}, {"SV", 28}, {"TL", 23}, {"TN", 24}, {"TR", 26}, {"UA", 29}, {"VA", 22},
      {"VG", 24}, {"XK", 20}};
  for (const Length& each : kLengths) {
    if (each.country == country) return each.length;
  }
  return 0;
}

// ISO 7064, MOD 97-10: the first four characters go to the end, letters count from 10.
bool passes_mod_97(std::string_view iban) {
  int remainder = 0;
  for (std::size_t i = 0; i < iban.size(); ++i) {
    const char c = iban[(i + 4) % iban.size()];
    remainder =
        is_digit(c) ? (remainder * 10 + (c - '0')) % 97 : (remainder * 100 + (c - 'A' + 10)) % 97;
  }
  return remainder == 1;
}

bool passes_luhn(std::string_view digits) {
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const int digit = digits[digits.size() - 1 - i] - '0';
    const int doubled = 2 * digit;
    sum += i % 2 == 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 == 0;
}

// Visa, Mastercard, American Express, Discover, JCB and Diners, each with its length.
bool has_issuer(std::string_view digits) {
  const auto first = [&](std::size_t count) {
    int value = 0;
    for (const char c : digits.substr(0, count)) value = value * 10 + (c - '0');
    return value;
  };
  if (digits.size() == 15) return first(2) == 34 || first(2) == 37;
  if (digits.size() == 14) return first(2) == 36 || first(2) == 38 || first(2) == 30;
  if (digits.size() != 16) return false;
  return first(1) == 4 || (first(2) >= 51 && first(2) <= 55) ||
         (first(4) >= 2221 && first(4) <= 2720) || first(4) == 6011 || first(2) == 65 ||
         first(2) == 35;
}

bool is_in_blocks(const Figures& number) {
  using Sizes = std::vector<std::size_t>;
  return number.one_separator && (number.sizes == Sizes{4, 4, 4, 4} ||
                                  number.sizes == Sizes{4, 6, 5} || number.sizes == Sizes{4, 6, 4});
}

}  // namespace

std::optional<Found> find_iban(const Place& place) {
  if (!is_upper(place.byte(0)) || !is_upper(place.byte(1)) || !is_digit(place.byte(2)) ||
      !is_digit(place.byte(3))) {
    return std::nullopt;
  }
  const std::string_view country = place.text.substr(place.at, 2);
  const std::size_t length = iban_length(country);
  if (length == 0) return std::nullopt;
  const Figures figures = read_figures(place.text, place.at, length, true);
  const std::string& iban = figures.characters;
  const bool is_plain =
      std::all_of(iban.begin(), iban.end(), [](char c) { return is_digit(c) || is_upper(c); });
  if (iban.size() != length || !is_plain || !passes_mod_97(iban)) return std::nullopt;
  if (figures.end < place.text.size() && is_word_byte(place.text[figures.end])) return std::nullopt;
  // Check digits of 00 pass for no account.
  const std::string account =
      std::string(country) + std::string(length - 8, '0') + digits_of(place.draw(iban, 1000000), 6);
  const std::string_view written = place.text.substr(place.at, figures.end - place.at);
  return Found{figures.end, in_the_form_of(written, account)};
}

std::optional<Found> find_card(const Place& place) {
  if (!is_digit(place.byte(0)) || comes_from_number(place.text, place.at)) return std::nullopt;
  const Figures figures = read_figures(place.text, place.at, 19, false);
  const std::string& digits = figures.characters;
  if (!has_issuer(digits) || !passes_luhn(digits) || goes_on(place.text, figures.end)) {
    return std::nullopt;
  }
  const bool is_named = place.follows({
      "card*",
      "carte",
      "karte*",
      "kreditkarte*",
      "tarjeta",
      "carta",
      "visa",
      "mastercard",
      "amex",
  });
  if (!is_named && !is_in_blocks(figures)) return std::nullopt;
  // No issuer has numbers that begin with 0000.
  const std::string number = digits_of(place.draw(digits, 1000000), digits.size());
  const std::string_view written = place.text.substr(place.at, figures.end - place.at);
  return Found{figures.end, in_the_form_of(written, number)};
}

}  // namespace lucie::personal
