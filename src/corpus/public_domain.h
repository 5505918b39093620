// Whether a text is out of copyright by its dates, in a year that the recipe states: never the
// clock's, so that a recipe means the same next year. Rights last a number of full years after the
// author's death (or after publication) and end with the last of them (Directive 2006/116/EC,
// article 8).
//
// A reading aid by dates alone, no legal advice: extensions for wars or editors are not known here.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace lucie {

struct PublicDomainRule {  // of one source; the text is free when one of the given terms is over
  std::optional<int> years_after_death, years_after_publication;
  bool keep_unknown = false;  // texts whose dates do not tell
};

struct PublicDomainSettings {
  int year = 0;  // in which the corpus is used
  std::map<std::string, PublicDomainRule, std::less<>> by_source;

  // `corpus.public_domain`: {year: 2025, sources: {ID: {after_death: 70, after_publication: 95,
  // unknown: drop|keep}}}. A source needs one of the two terms. Unknown keys are
  // Error{kInvalidArgument} with the nearest name.
  static PublicDomainSettings from_json(const Json& json);
};

// Why a text may not be used by its source's rule; empty when it may, or when the source has none.
// `died`: years, several with "," or ";" between them, of which the last counts; dates too.
// `published`: a year or a date. What cannot be read is not known.
std::string not_in_public_domain(std::string_view source, std::string_view died,
                                 std::string_view published, const PublicDomainSettings& settings);

}  // namespace lucie
