// Personal data in running text, replaced by made-up data of the same kind: e-mail addresses, phone
// numbers, IP addresses, bank accounts (IBAN), payment cards, and national identity numbers. One
// pass from left to right; at each word at most some hundred bytes ahead are looked at, so time is
// linear in the text whatever it holds.
//
// A replacement follows from what it replaces and the seed alone, and lies in a range that nobody
// can have:
//
//   email        person-NNNNN@example.com, .org, .net (RFC 2606)
//   phone        by country: +33 6 39 98 NN NN, +44 7700 900NNN, +49 30 23125 NNN, NNN-555-01NN:
//                the numbers that regulators keep for films
//   ip           192.0.2.N, 198.51.100.N, 203.0.113.N (RFC 5737), 2001:db8::N:N (RFC 3849)
//   iban, card, national_id   as written, with figures that no check or register accepts
//
// What already is in such a range stays, and so do private and reserved IP addresses. Version
// numbers, dates, serial numbers and ISBNs are not taken for any of these (finders.h).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"

namespace lucie {

enum class PersonalKind { kEmail, kPhone, kIp, kIban, kCard, kNationalId };
inline constexpr std::array<std::string_view, 6> kPersonalKinds = {"email", "phone", "ip",
                                                                   "iban",  "card",  "national_id"};

struct PersonalDataSettings {
  std::array<bool, kPersonalKinds.size()> replace{};  // by PersonalKind
  bool in_code = false;  // else code keeps its addresses, which are mostly its authors' notices
  std::uint64_t seed = 42;

  bool any() const;
  // `corpus.personal_data`: {replace: [email, ...], code: false}. Unknown kinds and keys are
  // Error{kInvalidArgument} with the nearest name. The seed is the recipe's.
  static PersonalDataSettings from_json(const Json& json, std::uint64_t seed);
};

using PersonalDataCounts = std::array<std::uint64_t, kPersonalKinds.size()>;  // replaced, by kind

// `text`: valid UTF-8. `language`: ISO 639-1; national forms are those of its countries.
std::string replace_personal_data(std::string_view text, std::string_view language,
                                  const PersonalDataSettings& settings, PersonalDataCounts* counts);

}  // namespace lucie
