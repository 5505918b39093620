// National identity numbers (finders.h): those with check digits by these, those without by their
// form. A form that other numbers share counts only in the language of its country or after a word
// that names it.
#include <algorithm>
#include <array>

#include "corpus/personal_data/finders.h"

namespace lucie::personal {

namespace {

// What the number is written with, and what is to stand there instead.
struct Id {
  std::size_t end = 0;
  std::string characters, replacement;
};

std::uint64_t value_of(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char c : digits) value = value * 10 + static_cast<std::uint64_t>(c - '0');
  return value;
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_digit);
}

// France, NIR: sex, year, month, department (2A and 2B of Corsica), commune, order, key. The key is
// 97 less the remainder by 97, with 2A as 19 and 2B as 18.
std::optional<Id> french_nir(const Place& place) {
  if (place.byte(0) != '1' && place.byte(0) != '2') return std::nullopt;
  const Figures figures = read_figures(place.text, place.at, 15, true);
  std::string digits = figures.characters;
  if (digits.size() != 15) return std::nullopt;
  if (const std::size_t corsica = digits.find_first_of("AB"); corsica != std::string::npos) {
    if (corsica != 6 || digits[5] != '2') return std::nullopt;
    digits[6] = digits[6] == 'A' ? '9' : '8';
    digits[5] = '1';
  }
  if (!all_digits(digits)) return std::nullopt;
  const std::uint64_t month = value_of(digits.substr(3, 2));
  const bool is_month = (month >= 1 && month <= 12) || (month >= 20 && month <= 42) || month >= 50;
  const std::uint64_t body = value_of(digits.substr(0, 13)), key = value_of(digits.substr(13));
  if (!is_month || key != 97 - body % 97) return std::nullopt;
  return Id{figures.end, figures.characters,  // nobody's sex is 0
            digits_of(place.draw(digits, 1000), 13) + "00"};
}

// Spain, DNI and NIE: the letter is the 23rd remainder's in a fixed order; X, Y, Z stand for 0,
// 1, 2.
std::optional<Id> spanish_dni(const Place& place) {
  constexpr std::string_view kLetters = "TRWAGMYFPDXBNJZSQVHLCKE";
  const std::size_t nie = std::string_view("XYZ").find(place.byte(0));
  if (nie == std::string_view::npos && !is_digit(place.byte(0))) return std::nullopt;
  const Figures figures = read_figures(place.text, place.at, 9, true);
  std::string id = figures.characters;
  if (id.size() != 9) return std::nullopt;
  if (nie != std::string_view::npos) id[0] = static_cast<char>('0' + nie);
  if (!all_digits(std::string_view(id).substr(0, 8)) ||
      id[8] != kLetters[value_of(id.substr(0, 8)) % 23]) {
    return std::nullopt;
  }
  if (place.language != "es" && !place.follows({"dni", "nie", "nif"})) return std::nullopt;
  const std::string number = digits_of(place.draw(id, 10000), 7);
  return Id{figures.end, figures.characters,  // I is none of the letters
            (nie == std::string_view::npos ? "0" : "X") + number + "I"};
}

// Italy, codice fiscale: AAAAAA 99 A 99 A 999 and a letter that sums the others up (ministerial
// decree of 23 December 1976). Figures may be letters where two people would share a code; those
// are left alone.
std::optional<Id> italian_code(const Place& place) {
  if (!is_upper(place.byte(0)) || !is_upper(place.byte(1)) || !is_upper(place.byte(2))) {
    return std::nullopt;
  }
  const Figures figures = read_figures(place.text, place.at, 16, true);
  const std::string& code = figures.characters;
  constexpr std::string_view kForm = "AAAAAA99A99A999A";
  if (code.size() != kForm.size()) return std::nullopt;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    if (!(kForm[i] == 'A' ? is_upper(code[i]) : is_digit(code[i]))) return std::nullopt;
  }
  // Values of A ... Z, which are also those of 0 ... 9, at the first, third, fifth ... place.
  constexpr std::array<int, 26> kOdd = {1,  0,  5, 7, 9, 13, 15, 17, 19, 21, 2,  4,  18,
                                        20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
  int sum = 0;
  for (std::size_t i = 0; i < 15; ++i) {
    const int value = is_digit(code[i]) ? code[i] - '0' : code[i] - 'A';
    sum += i % 2 == 0 ? kOdd[static_cast<std::size_t>(value)] : value;
  }
  if (code[15] != 'A' + sum % 26) return std::nullopt;
  // Nobody's: X is the letter of no month (the ninth place), and 00 is no day.
  const std::string name(6, 'X'), born = "00X00", town = "X";
  return Id{figures.end, code, name + born + town + digits_of(place.draw(code, 1000), 3) + "X"};
}

// Germany, Steuer-ID: eleven figures, the last by ISO 7064 MOD 11,10; of the first ten one occurs
// two or three times, the others once at most.
bool is_german_tax_id(std::string_view digits) {
  if (digits.size() != 11 || digits[0] == '0') return false;
  std::array<int, 10> counts{};
  int product = 10;
  for (std::size_t i = 0; i < 10; ++i) {
    const int digit = digits[i] - '0';
    ++counts[static_cast<std::size_t>(digit)];
    int sum = (digit + product) % 10;
    if (sum == 0) sum = 10;
    product = 2 * sum % 11;
  }
  const auto repeated = std::count_if(counts.begin(), counts.end(), [](int n) { return n > 1; });
  const int most = *std::max_element(counts.begin(), counts.end());
  return repeated == 1 && most <= 3 && digits[10] - '0' == (11 - product) % 10;
}

std::optional<Id> german_tax_id(const Place& place) {
  const Figures figures = read_figures(place.text, place.at, 12, false);
  if (!is_german_tax_id(figures.characters)) return std::nullopt;
  const bool is_grouped = figures.sizes == std::vector<std::size_t>{2, 3, 3, 3};
  const bool is_named = place.follows({"steuer*", "idnr", "id-nr", "identifikationsnummer", "tin"});
  if (!is_named && !(place.language == "de" && is_grouped && place.text[place.at + 2] == ' ')) {
    return std::nullopt;
  }
  return Id{figures.end, figures.characters,  // none begins with 0
            digits_of(place.draw(figures.characters, 10000), 11)};
}

// United States, SSN: AAA-GG-SSSS, by form.
std::optional<Id> american_ssn(const Place& place) {
  const Figures figures = read_figures(place.text, place.at, 10, false);
  if (figures.sizes != std::vector<std::size_t>{3, 2, 4} || place.byte(3) != '-' ||
      place.byte(6) != '-') {
    return std::nullopt;
  }
  const std::string& id = figures.characters;
  const std::uint64_t area = value_of(id.substr(0, 3));
  if (area == 0 || area == 666 || area >= 900 || id.substr(3, 2) == "00" ||
      id.substr(5) == "0000") {
    return std::nullopt;
  }
  if (place.language != "en" && !place.follows({"ssn", "social"})) return std::nullopt;
  return Id{figures.end, id, digits_of(place.draw(id, 10000), 9)};  // areas begin at 001
}

// United Kingdom, national insurance number: two letters, six figures, A to D; by form.
std::optional<Id> british_nino(const Place& place) {
  if (!is_upper(place.byte(0)) || !is_upper(place.byte(1))) return std::nullopt;
  const Figures figures = read_figures(place.text, place.at, 9, true);
  const std::string& id = figures.characters;
  if (id.size() != 9 || !all_digits(std::string_view(id).substr(2, 6)) || id[8] < 'A' ||
      id[8] > 'D') {
    return std::nullopt;
  }
  const std::string prefix = id.substr(0, 2);
  constexpr std::string_view kNever = "DFIQUV";
  constexpr std::string_view kNone[] = {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"};
  if (kNever.find(prefix[0]) != std::string_view::npos || prefix[1] == 'O' ||
      kNever.find(prefix[1]) != std::string_view::npos ||
      std::find(std::begin(kNone), std::end(kNone), prefix) != std::end(kNone)) {
    return std::nullopt;
  }
  const bool is_grouped = figures.sizes == std::vector<std::size_t>{2, 2, 2, 2, 1};
  const bool is_named = place.follows({"national insurance", "insurance n*", "nino", "ni number"});
  if (!is_named && !(place.language == "en" && is_grouped)) return std::nullopt;
  return Id{figures.end, id, "QQ" + digits_of(place.draw(id, 10000), 6) + id[8]};  // Q is no prefix
}

}  // namespace

std::optional<Found> find_national_id(const Place& place) {
  if (is_digit(place.byte(0)) && comes_from_number(place.text, place.at)) return std::nullopt;
  for (const auto find :
       {french_nir, spanish_dni, italian_code, german_tax_id, american_ssn, british_nino}) {
    const std::optional<Id> id = find(place);
    if (!id || goes_on(place.text, id->end)) continue;
    const std::string_view written = place.text.substr(place.at, id->end - place.at);
    return Found{id->end, in_the_form_of(written, id->replacement)};
  }
  return std::nullopt;
}

}  // namespace lucie::personal
