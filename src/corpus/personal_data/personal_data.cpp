#include "corpus/personal_data/personal_data.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "corpus/personal_data/finders.h"

namespace lucie {

namespace {

using personal::Found;
using personal::Place;

struct NamedFinder {
  PersonalKind kind;
  std::optional<Found> (*find)(const Place&);
};
// In this order: what comes first is the longer or the surer reading of the same figures.
constexpr NamedFinder kFinders[] = {
    {PersonalKind::kEmail, personal::find_email},
    {PersonalKind::kIban, personal::find_iban},
    {PersonalKind::kIp, personal::find_ip},
    {PersonalKind::kNationalId, personal::find_national_id},
    {PersonalKind::kCard, personal::find_card},
    {PersonalKind::kPhone, personal::find_phone},
};

std::size_t index(PersonalKind kind) {
  return static_cast<std::size_t>(kind);
}

// Words of letters can only be addresses or codes that begin with two capitals or one of X, Y, Z
// and a figure.
bool may_begin(const Place& place, bool at_sign_near) {
  const char first = place.byte(0), second = place.byte(1);
  if (personal::is_digit(first) || first == '+' || first == '(' || at_sign_near) return true;
  return personal::is_upper(first) && (personal::is_upper(second) || personal::is_digit(second));
}

// Where the word, number or sign at `at` ends; nothing begins inside.
std::size_t end_of_word(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  if (!personal::is_word_byte(text[at])) return end;
  while (end < text.size() && personal::is_word_byte(text[end])) ++end;
  return end;
}

}  // namespace

bool PersonalDataSettings::any() const {
  return std::find(replace.begin(), replace.end(), true) != replace.end();
}

PersonalDataSettings PersonalDataSettings::from_json(const Json& json, std::uint64_t seed) {
  refuse_unknown_keys(json, {"replace", "code"}, "corpus.personal_data");
  PersonalDataSettings settings;
  settings.seed = seed;
  settings.in_code = json.get("code", false);
  const std::vector<std::string> names(kPersonalKinds.begin(), kPersonalKinds.end());
  for (const Json& item : json.at("replace").items()) {
    const auto found = std::find(names.begin(), names.end(), item.as_string());
    if (found == names.end()) {
      const std::string hint = did_you_mean(item.as_string(), names);
      fail(ErrorCode::kInvalidArgument, "unknown kind of personal data '" + item.as_string() + "'",
           item.place(), hint.empty() ? "known: " + join(names, ", ") : hint);
    }
    settings.replace[static_cast<std::size_t>(found - names.begin())] = true;
  }
  return settings;
}

std::string replace_personal_data(std::string_view text, std::string_view language,
                                  const PersonalDataSettings& settings,
                                  PersonalDataCounts* counts) {
  constexpr std::size_t kNear = 65;  // bytes before an "@" in which its address may begin
  std::string out;
  out.reserve(text.size());
  std::size_t at_sign = text.find('@');
  for (std::size_t at = 0; at < text.size();) {
    if (at_sign < at) at_sign = text.find('@', at);
    const Place place{text, at, language, settings.seed};
    const NamedFinder* finder = nullptr;
    std::optional<Found> found;
    if (may_begin(place, at_sign != std::string_view::npos && at_sign - at < kNear)) {
      for (const NamedFinder& each : kFinders) {
        if (!settings.replace[index(each.kind)]) continue;
        finder = &each;
        if ((found = each.find(place))) break;
      }
    }
    if (found) {
      out += found->replacement;
      at = found->end;
      ++(*counts)[index(finder->kind)];
    } else {
      const std::size_t end = end_of_word(text, at);
      out += text.substr(at, end - at);
      at = end;
    }
  }
  return out;
}

}  // namespace lucie
