#include "corpus/mixture.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/text.h"

namespace lucie {

namespace {

// Keys whose values are shares, and replace each other.
constexpr const char* kShareKeys[] = {"language", "category", "source"};

const Json* given(const Json& json, std::string_view key) {
  const Json* value = json.find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

double number(const Json& value, const std::string& what, bool may_be_zero) {
  const double result = value.as_double();
  if (!std::isfinite(result) || result < 0 || (result == 0 && !may_be_zero)) {
    fail(ErrorCode::kInvalidArgument,
         what + (may_be_zero ? " must not be below 0" : " must be above 0"), value.place());
  }
  return result;
}

std::vector<MixtureShare> read_shares(const Json& mixture, const char* key) {
  std::vector<MixtureShare> shares;
  const Json* table = given(mixture, key);
  if (table == nullptr) return shares;
  for (const auto& [name, value] : table->members()) {
    const std::string what = std::string("mixture.") + key + "." + name;
    shares.push_back({name, number(value, what, true), value.place()});
  }
  return shares;
}

bool is_year(std::string_view text) {
  return text.size() == 4 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A year is a number to YAML.
std::string read_year(const Json& rule, const char* key) {
  const Json* value = given(rule, key);
  if (value == nullptr) return "";
  std::string year = value->is_int() ? std::to_string(value->as_int()) : value->as_string();
  if (!is_year(year)) {
    fail(ErrorCode::kInvalidArgument, "mixture.epochs: '" + year + "' is no year", value->place(),
         "a year of four digits");
  }
  return year;
}

std::vector<EpochRule> read_epochs(const Json& rules) {
  std::vector<EpochRule> epochs;
  for (const Json& entry : rules.items()) {
    refuse_unknown_keys(entry, {"source", "category", "language", "since", "before", "times"},
                        "mixture.epochs");
    epochs.push_back({strings_at(entry, "source"), strings_at(entry, "category"),
                      strings_at(entry, "language"), read_year(entry, "since"),
                      read_year(entry, "before"),
                      number(entry.at("times"), "mixture.epochs.times", true), entry.place()});
  }
  return epochs;
}

void read_long(const Json& documents, Mixture* mixture) {
  refuse_unknown_keys(documents, {"over", "weight"}, "mixture.long_documents");
  const Json& over = documents.at("over");
  if (over.as_int() < 1) {
    fail(ErrorCode::kInvalidArgument, "mixture.long_documents.over must be at least 1 token",
         over.place(), "for example the first phase's sequence_length");
  }
  mixture->long_over = static_cast<std::uint64_t>(over.as_int());
  mixture->long_weight = number(documents.at("weight"), "mixture.long_documents.weight", true);
}

void read_dates(const Json& dates, Mixture* mixture) {
  for (const auto& [name, value] : dates.members()) {
    if (!is_year(name) && name != kEarlier && name != kUndated) {
      fail(ErrorCode::kInvalidArgument, "mixture.dates: '" + name + "' is no year", value.place(),
           "a year of four digits, earlier, or undated");
    }
    mixture->dates[name] = number(value, "mixture.dates." + name, true);
  }
}

void refuse_names(const std::vector<std::string>& names, const std::set<std::string>& known,
                  const char* what, const std::string& place) {
  const std::vector<std::string> candidates(known.begin(), known.end());
  for (const std::string& name : names) {
    if (known.contains(name)) continue;
    const std::string guess = did_you_mean(name, candidates);
    fail(ErrorCode::kInvalidArgument,
         std::string("the mixture names an unknown ") + what + " '" + name + "'", place,
         guess.empty() ? "known: " + join(candidates, ", ") : guess);
  }
}

// Where a source does not state its language, any will do that has the form of one.
void refuse_languages(const std::vector<std::string>& names, const std::set<std::string>& stated,
                      bool all_stated, const std::string& place) {
  for (const std::string& name : names) {
    const bool possible = is_language_tag(name) && !is_aligned_language(name);
    if (!all_stated && (possible || name == "aligned")) continue;
    std::set<std::string> known = stated;
    if (!all_stated) known.insert({"aligned", "code"});
    refuse_names({name}, known, "language", place);
  }
}

}  // namespace

Mixture Mixture::from_json(const Json& json) {
  Mixture mixture;
  if (json.is_null()) return mixture;
  refuse_unknown_keys(json,
                      {"language", "category", "source", "epochs", "temperature", "max_epochs",
                       "long_documents", "dates", "order"},
                      "mixture");
  mixture.languages = read_shares(json, "language");
  mixture.categories = read_shares(json, "category");
  mixture.sources = read_shares(json, "source");
  if (const Json* rules = given(json, "epochs")) mixture.epochs = read_epochs(*rules);
  if (const Json* temperature = given(json, "temperature")) {
    mixture.temperature = number(*temperature, "mixture.temperature", false);
    if (!mixture.languages.empty()) {
      fail(ErrorCode::kInvalidArgument, "mixture.temperature goes with no shares by language",
           temperature->place(), "shares are what they say; leave one of the two out");
    }
  }
  if (const Json* most = given(json, "max_epochs")) {
    mixture.max_epochs = number(*most, "mixture.max_epochs", false);
  }
  if (const Json* documents = given(json, "long_documents")) read_long(*documents, &mixture);
  if (const Json* dates = given(json, "dates")) read_dates(*dates, &mixture);
  const std::string order = json.get("order", "shuffled");
  if (order != "shuffled" && order != "oldest-first") {
    fail(ErrorCode::kInvalidArgument, "mixture.order is '" + order + "'", json.at("order").place(),
         "one of shuffled, oldest-first");
  }
  mixture.oldest_first = order == "oldest-first";
  return mixture;
}

void Mixture::check_names(const SourceRegistry& registry) const {
  std::set<std::string> ids, categories_known, stated;
  bool all_stated = true;
  for (const Source& source : registry.sources()) {
    ids.insert(source.id);
    categories_known.insert(source.category);
    if (source.language.empty()) {
      all_stated = false;
    } else {
      stated.insert(mixture_group(source.language));
    }
  }
  for (const MixtureShare& share : sources) refuse_names({share.name}, ids, "source", share.place);
  for (const MixtureShare& share : categories) {
    refuse_names({share.name}, categories_known, "category", share.place);
  }
  for (const MixtureShare& share : languages) {
    refuse_languages({share.name}, stated, all_stated, share.place);
  }
  for (const EpochRule& rule : epochs) {
    refuse_names(rule.sources, ids, "source", rule.place);
    refuse_names(rule.categories, categories_known, "category", rule.place);
    refuse_languages(rule.languages, stated, all_stated, rule.place);
  }
}

void Mixture::refine(Grouping* grouping) const {
  grouping->by_source |= !sources.empty() || !categories.empty();
  grouping->by_year |= oldest_first;
  if (long_over > 0) grouping->split_at_length(long_over);
  for (const EpochRule& rule : epochs) {
    grouping->by_source |= !rule.sources.empty() || !rule.categories.empty();
    for (const std::string& year : {rule.since, rule.before}) {
      if (!year.empty()) grouping->split_at_year(year);
    }
  }
  for (const auto& [name, weight] : dates) {
    // Even where only the undated count otherwise, they must be told from the others.
    grouping->split_at_year(is_year(name) ? name : "0000");
  }
}

double Mixture::date_weight(const std::string& year) const {
  const auto weight_of = [&](const std::string& name) {
    const auto found = dates.find(name);
    return found == dates.end() ? 1 : found->second;
  };
  if (year == kUndated || year == kEarlier) return weight_of(year);
  const auto after = dates.upper_bound(year);  // years sort before the words
  return after == dates.begin() ? weight_of(kEarlier) : std::prev(after)->second;
}

Json mixture_of_phase(const Json& recipe_mixture, const Json& phase_mixture) {
  if (phase_mixture.is_null()) return recipe_mixture;
  Json mixture = recipe_mixture.is_null() ? Json::object() : recipe_mixture;
  const bool own_shares =
      std::any_of(std::begin(kShareKeys), std::end(kShareKeys),
                  [&](const char* key) { return given(phase_mixture, key) != nullptr; });
  for (const char* key : kShareKeys) {
    if (own_shares) mixture.erase(key);
  }
  for (const auto& [key, value] : phase_mixture.members()) {
    Json& own = mixture[key];
    if (key == "epochs" && own.is_array() && value.is_array()) {
      own.items().insert(own.items().end(), value.items().begin(), value.items().end());
    } else {
      own = value;
    }
  }
  if (!mixture.place().empty()) mixture.set_place(phase_mixture.place());
  return mixture;
}

Grouping token_grouping(const Json& recipe) {
  const auto section = [](const Json* json, const char* key) {
    const Json* value = json == nullptr ? nullptr : given(*json, key);
    return value == nullptr ? Json::array() : *value;
  };
  const SourceRegistry registry = SourceRegistry::from_json(section(&recipe, "sources"));
  const Json* own = given(recipe, "mixture");
  Grouping grouping(registry);
  const Json phases = section(given(recipe, "train"), "phases");
  for (const Json& phase : phases.items()) {
    const Json* over = given(phase, "mixture");
    const Mixture mixture = Mixture::from_json(
        mixture_of_phase(own == nullptr ? Json() : *own, over == nullptr ? Json() : *over));
    mixture.check_names(registry);
    mixture.refine(&grouping);
  }
  return grouping;
}

}  // namespace lucie
