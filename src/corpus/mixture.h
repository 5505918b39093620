// What a recipe's `mixture:` asks for: which share of the tokens seen comes from which text.
// Resolved against measured counts by mixture_table.h; the keys are in docs/formats/recipe.md.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "corpus/token_groups.h"

namespace lucie {

struct MixtureShare {
  std::string name;
  double weight = 0;  // of the tokens seen; any positive scale
  std::string place;  // in the recipe
};

// Documents that fit all of it (an empty list or year fits all) are read so many times as often.
struct EpochRule {
  std::vector<std::string> sources, categories, languages;
  std::string since, before;  // years; what is undated is neither
  double times = 1;
  std::string place;
};

struct Mixture {
  // Shares hold exactly; what they leave open is as the data are. Empty: none are given. What none
  // names is not read.
  std::vector<MixtureShare> languages, categories, sources;
  std::vector<EpochRule> epochs;  // of those that fit a document the last one counts
  double temperature = 1;         // shares p of the languages become p^(1/T)
  double max_epochs = 0;          // nothing is read more often; 0: no limit
  std::uint64_t long_over = 0;    // documents of more tokens than this ...
  double long_weight = 1;         // ... count so many times
  // "2019": documents of that year and later, up to the next entry, count so many times; "earlier"
  // and "undated" are the others. Not named: 1.
  std::map<std::string, double> dates;
  bool oldest_first = false;  // within a language or source, years come one after the other

  // The recipe's `mixture`; null and {} are the proportions of the data. Unknown keys, negative
  // weights and the like are kInvalidArgument.
  static Mixture from_json(const Json& mixture);
  // A name that no source of the recipe can give is kInvalidArgument with the nearest name.
  void check_names(const SourceRegistry& registry) const;
  // Tells apart in `grouping` what this mixture treats differently.
  void refine(Grouping* grouping) const;
  double date_weight(const std::string& year) const;
};

// What a phase reads: its own `mixture` over the recipe's, key by key. Shares of languages,
// categories or sources take the place of all shares of the recipe; rules of epochs follow its
// rules, so that {times: 1} undoes them. A key that is null is none.
Json mixture_of_phase(const Json& recipe_mixture, const Json& phase_mixture);

// How finely a recipe's tokens must be told apart for the mixtures of all its phases. A mixture
// that cannot be meant, or that names what no source gives, is kInvalidArgument.
Grouping token_grouping(const Json& recipe);

}  // namespace lucie
