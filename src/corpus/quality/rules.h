// The published rules for web text in one table, with the thresholds that their authors use, and
// what a recipe makes of them (`corpus.quality`, docs/formats/recipe.md).
//
//   gopher     Rae et al. 2021, appendix A: repetition, then quality; as datatrove computes it
//   c4         Raffel et al. 2020: lines are taken out, then the text is judged (line_filter.h)
//   fineweb    Penedo et al. 2024, section 3.6
//   redpajama  the signals of RedPajama-V2 with the thresholds of Lucie's web data
//
// For French, German, Spanish and Italian, gopher and fineweb have the thresholds of FineWeb-2
// (Penedo et al. 2025), which were tuned language by language.
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "corpus/quality/signals.h"

namespace lucie::quality {

struct Limits {  // a value outside them breaks the rule
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool operator==(const Limits&) const = default;
};

struct Rule {
  std::string_view name;  // "gopher.words": group, then what is measured
  Signal signal;
  Limits any;  // of every language without limits of its own
  Limits fr, de, es, it;
  std::string_view group() const { return name.substr(0, name.find('.')); }
  const Limits& default_limits(std::string_view language) const;
};

// Within a group in the order in which they are asked.
const std::vector<Rule>& rules();

class Settings {
 public:
  // {rules: [gopher, ...], bad_words: {fr: FILE}, any: {RULE: LIMITS}, fr: {RULE: LIMITS}, ...};
  // LIMITS: a number for the one side that a rule has, {min, max}, or none. Unknown keys, groups
  // and rules are Error{kInvalidArgument} with the nearest name.
  static Settings from_json(const Json& json);

  const std::vector<std::string>& groups() const { return groups_; }  // in the recipe's order
  Limits limits(const Rule& rule, std::string_view language) const;
  const WordList* bad_words(std::string_view language) const;  // nullptr: none

 private:
  struct Change {
    std::optional<double> min, max;
  };
  void read_language(const std::string& language, const Json& changes);

  std::vector<std::string> groups_;
  std::map<std::string, std::map<std::string_view, Change>, std::less<>> changes_;  // by language
  std::map<std::string, WordList, std::less<>> bad_words_;
};

}  // namespace lucie::quality
