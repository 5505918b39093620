#include "release/adaptation.h"

#include <algorithm>
#include <string_view>

#include "base/error.h"
#include "base/text.h"

namespace lucie {

namespace {

bool states(const Duties& said, const Duties& asked) {
  const auto implies = [](bool asks, bool says) { return !asks || says; };
  return implies(asked.attribution, said.attribution) &&
         implies(asked.share_alike, said.share_alike) && implies(asked.source, said.source) &&
         implies(asked.field_of_use, said.field_of_use) &&
         implies(asked.non_commercial, said.non_commercial) &&
         implies(asked.no_derivatives, said.no_derivatives);
}

// "gpl-2.0-or-later" -> {gpl, 2.0, later}
struct Name {
  std::string family, version;
  bool later = false;
};

Name parse_name(std::string_view id) {
  Name name{to_lower_ascii(id.substr(0, id.find(' '))), {}, false};  // without an exception
  for (const std::string_view suffix : {"-or-later", "+"}) {
    if (name.family.ends_with(suffix)) {
      name.later = true;
      name.family.resize(name.family.size() - suffix.size());
    }
  }
  if (name.family.ends_with("-only")) name.family.resize(name.family.size() - 5);
  const std::size_t digit = name.family.find_first_of("0123456789");
  if (digit != std::string::npos && digit > 0 && name.family[digit - 1] == '-') {
    name.version = name.family.substr(digit);
    name.family.resize(digit - 1);
  }
  // From version 2.0 on, adaptations may be passed on under a later one.
  name.later |=
      (name.family == "cc-by-sa" || name.family == "cc-by-nc-sa") && name.version != "1.0";
  return name;
}

struct Move {  // a copyleft licence that names others
  std::string_view from, from_version;
  std::string_view to, to_version;  // the least version
};
constexpr Move kMoves[] = {
    {"cc-by-sa", "4.0", "gpl", "3.0"},  {"cc-by-sa", "4.0", "lal", "1.3"},
    {"lal", "1.3", "cc-by-sa", "4.0"},  {"lgpl", "2.0", "gpl", "2.0"},
    {"lgpl", "2.1", "gpl", "2.0"},      {"lgpl", "3.0", "gpl", "3.0"},
    {"mpl", "2.0", "gpl", "2.0"},       {"mpl", "2.0", "lgpl", "2.1"},
    {"mpl", "2.0", "agpl", "3.0"},      {"eupl", "1.1", "gpl", "2.0"},
    {"eupl", "1.2", "gpl", "2.0"},      {"eupl", "1.2", "agpl", "3.0"},
    {"eupl", "1.2", "lgpl", "2.1"},     {"eupl", "1.2", "mpl", "2.0"},
    {"eupl", "1.2", "cc-by-sa", "3.0"}, {"cecill", "2.0", "gpl", "2.0"},
    {"cecill", "2.1", "gpl", "2.0"},    {"cecill", "2.1", "eupl", "1.1"},
};

bool licence_names(std::string_view from_id, std::string_view to_id) {
  const Name from = parse_name(from_id), to = parse_name(to_id);
  if (from.family == to.family) {
    return from.version == to.version ? from.later || !to.later
                                      : from.later && from.version < to.version;
  }
  return std::any_of(std::begin(kMoves), std::end(kMoves), [&](const Move& move) {
    const bool fits_from =
        from.family == move.from &&
        (from.version == move.from_version || (from.later && from.version < move.from_version));
    return fits_from && to.family == move.to && to.version >= move.to_version;
  });
}

// Of "A AND B" each.
std::vector<LicenceTerms> single_licences(const LicenceTerms& terms) {
  LicenceExpression expression;
  try {
    expression = parse_spdx(terms.taken, {});
  } catch (const Error&) {
    return {terms};  // words that are no expression: unknown terms
  }
  if (expression.kind == LicenceExpression::Kind::kLicence) return {terms};
  std::vector<LicenceTerms> singles;
  for (const LicenceExpression& part : expression.parts) singles.push_back(licence_terms(part));
  return singles;
}

bool single_may_become(const LicenceTerms& from, const LicenceTerms& to) {
  if (from.taken == to.taken) return true;
  if (from.duties.no_derivatives || !states(to.duties, from.duties)) return false;
  // The FSF holds that the patent terms of the one are a further restriction to the other.
  if (from.taken == "Apache-2.0" && parse_name(to.taken).version == "2.0" &&
      to.taken.ends_with("GPL-2.0-only")) {
    return false;
  }
  if (!from.duties.share_alike && !from.duties.source) return true;
  return licence_names(from.taken, to.taken);
}

std::string names_of(const std::vector<LicenceTerms>& parts) {
  std::vector<std::string> names;
  for (const LicenceTerms& part : parts) names.push_back(part.taken);
  return join(names, ", ");
}

CollectionLicence among(const std::vector<LicenceTerms>& known) {
  if (known.size() == 1) return {known[0].taken, "the licence of all of it"};
  std::vector<LicenceTerms> absorbing;
  Duties asked;
  for (const LicenceTerms& candidate : known) {
    asked.add(candidate.duties);
    // A corpus of texts is its own editable form; what the source is asked for is sharing alike.
    asked.share_alike |= asked.source;
    asked.source = false;
    if (std::all_of(known.begin(), known.end(),
                    [&](const LicenceTerms& other) { return may_become(other, candidate); })) {
      absorbing.push_back(candidate);
    }
  }
  if (absorbing.size() == 1) {
    return {absorbing[0].taken, "all of its licences let what is made of them be passed on so"};
  }
  for (const char* name :
       {"CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0"}) {
    if (!states(licence_terms_of(name).duties, asked)) continue;
    return {name, "the plainest licence that states every duty; each document keeps its own"};
  }
  return {"", "no single licence states every duty of " + names_of(known) +
                  "; each document keeps its own"};
}

}  // namespace

bool may_become(const LicenceTerms& from, const LicenceTerms& to) {
  if (from.duties.unknown || to.duties.unknown) return false;
  const std::vector<LicenceTerms> parts = single_licences(from), targets = single_licences(to);
  return std::all_of(parts.begin(), parts.end(), [&](const LicenceTerms& part) {
    return std::all_of(targets.begin(), targets.end(),
                       [&](const LicenceTerms& target) { return single_may_become(part, target); });
  });
}

CollectionLicence collection_licence(const std::vector<LicenceTerms>& parts) {
  std::vector<LicenceTerms> known;
  bool free_text = false, unknown = false;
  for (const LicenceTerms& part : parts) {
    for (LicenceTerms& single : single_licences(part)) {
      unknown |= single.duties.unknown;
      if (single.duties.unknown) continue;
      free_text |= single.licence_class == LicenceClass::kPublicDomain;
      const bool seen = std::any_of(known.begin(), known.end(), [&](const LicenceTerms& other) {
        return other.taken == single.taken;
      });
      if (!seen && single.licence_class != LicenceClass::kPublicDomain) {
        known.push_back(std::move(single));
      }
    }
  }
  if (known.empty() && !free_text) return {"NOASSERTION", "no licence of its texts is known"};
  CollectionLicence whole = known.empty()
                                ? CollectionLicence{"CC0-1.0", "all of it is in the public domain"}
                                : among(known);
  if (unknown) whole.reason += "; texts of unknown terms are not reckoned with";
  return whole;
}

}  // namespace lucie
