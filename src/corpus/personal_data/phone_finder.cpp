// Phone numbers (finders.h): international ones, those written as the countries of the text's
// language write them, and others that follow a word such as "Tel.".
#include <algorithm>
#include <array>
#include <span>

#include "corpus/personal_data/finders.h"

namespace lucie::personal {

namespace {

constexpr std::size_t kFewest = 7, kMost = 15;  // figures of a number; 15 by E.164

// Numbers that regulators keep for films (Arcep, Ofcom, Bundesnetzagentur, NANPA).
struct Fiction {
  std::string_view country, international, national, trunk;  // trunk: in front of a national one
  std::size_t drawn;                                         // figures at the end
};
constexpr Fiction kFictions[] = {
    {"33", "639980000", "06 39 98 ## ##", "0", 4},
    {"44", "7700900000", "07700 900###", "0", 3},
    {"49", "3023125000", "030 23125 ###", "0", 3},
    {"1", "2025550100", "202-555-01##", "", 2},
};

const Fiction& fiction_of(std::string_view country) {
  for (const Fiction& fiction : kFictions) {
    if (fiction.country == country) return fiction;
  }
  return std::end(kFictions)[-1];
}

// Figures without signs, as dialled after the country or the trunk figure.
bool is_fiction(std::string_view number) {
  for (const Fiction& fiction : kFictions) {
    const std::size_t fixed = fiction.international.size() - fiction.drawn;
    // Any area code may stand before 555-01.
    const std::size_t from = fiction.country == "1" ? 3 : 0;
    if (number.size() == fiction.international.size() &&
        number.substr(from, fixed - from) == fiction.international.substr(from, fixed - from)) {
      return true;
    }
  }
  return false;
}

std::string fill(std::string_view form, std::string_view digits) {
  std::string out(form);
  for (std::size_t i = out.size(), left = digits.size(); i-- > 0 && left > 0;) {
    if (out[i] == '#') out[i] = digits[--left];
  }
  return out;
}

std::string fictitious_number(const Place& place, std::string_view digits, const Fiction& fiction) {
  std::uint64_t range = 1;
  for (std::size_t i = 0; i < fiction.drawn; ++i) range *= 10;
  return fill(fiction.national, digits_of(place.draw(digits, range), fiction.drawn));
}

// One figure or two of country codes that are complete; all others have three (ITU E.164 list).
std::size_t country_length(std::string_view digits) {
  if (digits[0] == '1' || digits[0] == '7') return 1;
  constexpr std::string_view kThree[] = {"21", "22", "23", "24", "25", "26", "29", "35",
                                         "37", "38", "42", "50", "59", "67", "68", "69",
                                         "80", "85", "87", "88", "96", "97", "99"};
  const std::string_view two = digits.substr(0, 2);
  return std::find(std::begin(kThree), std::end(kThree), two) == std::end(kThree) ? 2 : 3;
}

bool is_north_american(std::string_view number) {  // 10 figures
  return number.size() == 10 && number[0] >= '2' && number[3] >= '2';
}

// Past "(0)" and spaces around brackets, which read_figures stops at.
Figures read_number(std::string_view text, std::size_t at) {
  Figures number = read_figures(text, at, kMost + 2, false);
  for (int more = 0; more < 2 && number.end > 0 && number.end < text.size(); ++more) {
    std::size_t next = number.end;
    if (text.substr(next).starts_with("(0)") || text.substr(next).starts_with(" (0)")) {
      next = text.find(')', next) + 1;
    } else if (text[next] == ')' || text.substr(next).starts_with(" (")) {
      next += text[next] == ')' ? 1 : 2;
    } else if (text.substr(next).starts_with(" / ") || text.substr(next).starts_with(" - ")) {
      next += 2;
    } else {
      break;
    }
    if (next < text.size() && text[next] == ' ') ++next;
    const Figures rest = read_figures(text, next, kMost + 2 - number.characters.size(), false);
    if (rest.characters.empty()) break;
    number.characters += rest.characters;
    number.sizes.insert(number.sizes.end(), rest.sizes.begin(), rest.sizes.end());
    number.end = rest.end;
  }
  return number;
}

std::optional<Found> find_international(const Place& place, std::size_t prefix) {
  if (comes_from_number(place.text, place.at)) return std::nullopt;
  const Figures number = read_number(place.text, place.at + prefix);
  const std::string& digits = number.characters;
  if (digits.size() < 9 || digits.size() > kMost || digits[0] == '0') return std::nullopt;
  if (goes_on(place.text, number.end)) return std::nullopt;
  const std::size_t code = country_length(digits);
  const std::string_view country = std::string_view(digits).substr(0, code);
  const std::string_view rest = std::string_view(digits).substr(code);
  if (country == "1" && !is_north_american(rest)) return std::nullopt;
  if (is_fiction(rest)) return std::nullopt;
  const Fiction& fiction = fiction_of(country);
  const std::string national = fictitious_number(place, digits, fiction);
  return Found{number.end,
               "+" + std::string(fiction.country) + " " + national.substr(fiction.trunk.size())};
}

using Sizes = std::array<std::size_t, 5>;  // 0 for no group

bool has_sizes(const Figures& number, std::span<const Sizes> forms) {
  return std::any_of(forms.begin(), forms.end(), [&](const Sizes& form) {
    const auto end = std::find(form.begin(), form.end(), std::size_t{0});
    return std::equal(form.begin(), end, number.sizes.begin(), number.sizes.end());
  });
}

constexpr Sizes kFrench[] = {{2, 2, 2, 2, 2}};
constexpr Sizes kAmerican[] = {{3, 3, 4}}, kAmericanWithOne[] = {{1, 3, 3, 4}};
constexpr Sizes kBritish[] = {{5, 6}, {3, 4, 4}, {4, 3, 4}, {5, 3, 3}, {5, 5}};
constexpr Sizes kSpanish[] = {{3, 3, 3}, {3, 2, 2, 2}, {2, 3, 2, 2}};
constexpr Sizes kItalianMobile[] = {{3, 7}, {3, 6}, {3, 3, 4}, {3, 3, 3}};

// Country code of the country in whose form the number is written, of those of the language.
std::string_view country_by_form(const Figures& number, std::string_view language) {
  const std::string_view digits = number.characters;
  const bool trunk = digits[0] == '0' && digits[1] != '0';
  const std::size_t first = number.sizes.front();
  if (language == "fr" && trunk && has_sizes(number, kFrench) && number.one_separator) return "33";
  if (language == "en") {
    if (has_sizes(number, kAmerican) && is_north_american(digits)) return "1";
    if (has_sizes(number, kAmericanWithOne) && is_north_american(digits.substr(1))) return "1";
    if (trunk && has_sizes(number, kBritish)) return "44";
  }
  if (language == "de" && trunk && number.sizes.size() >= 2 && digits.size() >= 9 &&
      digits.size() <= 13 && first >= 3 && first <= 6) {
    return "49";
  }
  if (language == "es" && digits[0] >= '6' && has_sizes(number, kSpanish)) return "34";
  if (language == "it") {
    if (digits[0] == '3' && has_sizes(number, kItalianMobile)) return "39";
    if (trunk && number.sizes.size() == 2 && first >= 2 && first <= 4 && digits.size() >= 8 &&
        digits.size() <= 11) {
      return "39";
    }
  }
  return {};
}

std::string_view country_of(std::string_view language) {
  if (language == "fr") return "33";
  return language == "de" ? "49" : "1";
}

bool follows_phone_word(const Place& place) {
  return place.follows({"tel", "t\xC3\xA9l", "phone", "telep*", "telef*", "t\xC3\xA9l\xC3\xA9ph*",
                        "tel\xC3\xA9"
                        "f*",
                        "mobile", "mobil", "m\xC3\xB3vil", "cellphone", "cellulare", "fax", "handy",
                        "portable", "gsm", "whatsapp", "fon", "rufnummer"});
}
bool follows_other_name(const Place& place) {
  return place.follows({"isbn*", "issn", "doi", "serial*", "s/n", "ref", "siret", "siren",
                        "version*", "rfc", "id", "key", "no.", "n\xC2\xB0", "nr.", "port",
                        "bug"}) ||
         place.byte(-1) == '#';
}

std::optional<Found> find_national(const Place& place) {
  const std::size_t bracket = place.byte(0) == '(' ? 1 : 0;
  const Figures number = read_number(place.text, place.at + bracket);
  const std::string& digits = number.characters;
  if (digits.size() < kFewest || digits.size() > kMost) return std::nullopt;
  if (goes_on(place.text, number.end) || comes_from_number(place.text, place.at)) {
    return std::nullopt;
  }
  std::string_view country = country_by_form(number, place.language);
  if (country.empty() && follows_phone_word(place)) country = country_of(place.language);
  if (country.empty() || follows_other_name(place)) return std::nullopt;
  const std::string_view trunk = fiction_of(country).trunk;
  const bool has_trunk = !trunk.empty() && digits.starts_with(trunk);
  const std::size_t in_front = has_trunk || (country == "1" && digits.size() == 11) ? 1 : 0;
  if (is_fiction(std::string_view(digits).substr(in_front))) return std::nullopt;
  return Found{number.end, fictitious_number(place, digits, fiction_of(country))};
}

}  // namespace

std::optional<Found> find_phone(const Place& place) {
  const char before = place.byte(-1);
  if (std::string_view(".-/=_+*^:").find(before) != std::string_view::npos && before != '\0' &&
      !(before == ':' && follows_phone_word(place))) {
    return std::nullopt;
  }
  if (place.byte(0) == '+') return find_international(place, 1);
  if (place.byte(0) == '0' && place.byte(1) == '0') {
    const bool is_grouped = read_figures(place.text, place.at, kMost + 2, false).sizes.size() >= 3;
    return is_grouped || follows_phone_word(place) ? find_international(place, 2) : std::nullopt;
  }
  if (place.byte(0) == '(' && place.byte(1) == '+') return find_international(place, 2);
  if (place.byte(0) != '(' && !is_digit(place.byte(0))) return std::nullopt;
  return find_national(place);
}

}  // namespace lucie::personal
