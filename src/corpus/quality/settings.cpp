// `corpus.quality` of a recipe -> Settings (rules.h).
#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "corpus/quality/rules.h"

namespace lucie::quality {

namespace {

[[noreturn]] void refuse_name(const std::string& what, const std::string& name,
                              const std::vector<std::string>& known, const std::string& place) {
  const std::string hint = did_you_mean(name, known);
  fail(ErrorCode::kInvalidArgument, "unknown " + what + " '" + name + "'", place,
       hint.empty() ? "known: " + join(known, ", ") : hint);
}

std::vector<std::string> names_of_groups() {
  std::vector<std::string> names;
  for (const Rule& rule : rules()) {
    if (names.empty() || names.back() != rule.group()) names.emplace_back(rule.group());
  }
  return names;
}

const Rule& find_rule(const std::string& name, const std::string& place) {
  std::vector<std::string> known;
  for (const Rule& rule : rules()) {
    if (rule.name == name) return rule;
    known.emplace_back(rule.name);
  }
  const std::string hint = did_you_mean(name, known);
  fail(ErrorCode::kInvalidArgument, "unknown rule of quality '" + name + "'", place,
       hint.empty() ? "docs/formats/recipe.md lists the rules" : hint);
}

bool is_language_code(std::string_view key) {
  return (key.size() == 2 || key.size() == 3) &&
         std::all_of(key.begin(), key.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

bool is_none(const Json& value) {
  return value.is_null() || (value.is_string() && value.as_string() == "none");
}

}  // namespace

void Settings::read_language(const std::string& language, const Json& changes) {
  for (const auto& [name, value] : changes.members()) {
    const Rule& rule = find_rule(name, changes.place());
    const Limits& limits = rule.default_limits(language);
    Change& change = changes_[language][rule.name];
    if (is_none(value)) {
      change = {Limits().min, Limits().max};
    } else if (value.is_object()) {
      refuse_unknown_keys(value, {"min", "max"}, "corpus.quality." + language + "." + name);
      if (const Json* min = value.find("min")) change.min = min->as_double();
      if (const Json* max = value.find("max")) change.max = max->as_double();
    } else if (limits.min == Limits().min && rule.any.min == Limits().min) {
      change.max = value.as_double();
    } else if (limits.max == Limits().max && rule.any.max == Limits().max) {
      change.min = value.as_double();
    } else {
      fail(ErrorCode::kInvalidArgument, "rule " + name + " has two limits", value.place(),
           "say {min: ..., max: ...}");
    }
  }
}

Settings Settings::from_json(const Json& json) {
  Settings settings;
  const std::vector<std::string> groups = names_of_groups();
  for (const Json& group : json.at("rules").items()) {
    const std::string& name = group.as_string();
    if (std::find(groups.begin(), groups.end(), name) == groups.end()) {
      refuse_name("group of rules", name, groups, group.place());
    }
    settings.groups_.push_back(name);
  }
  if (const Json* lists = json.find("bad_words")) {
    for (const auto& [language, path] : lists->members()) {
      settings.bad_words_.emplace(language, WordList::load(path.as_string()));
    }
  }
  Json others = Json::object();  // what is left must be languages
  for (const auto& [key, value] : json.members()) {
    if (key == "any" || is_language_code(key)) {
      settings.read_language(key, value);
    } else {
      others[key] = value;
    }
  }
  others.set_place(json.place());
  refuse_unknown_keys(others, {"rules", "bad_words", "any"}, "corpus.quality");
  return settings;
}

}  // namespace lucie::quality
