#include "release/settings.h"

#include "base/error.h"
#include "base/text.h"
#include "corpus/sources.h"
#include "release/openness_reader.h"
#include "release/terms.h"

namespace lucie {

namespace {

const std::vector<std::string> kKeys{"weights_licence",
                                     "optimizer_licence",
                                     "policy",
                                     "intended_use",
                                     "limits",
                                     "data_licence",
                                     "code_licence",
                                     "documents_licence",
                                     "checkpoints",
                                     "optimizer_states",
                                     "corpus",
                                     "provider",
                                     "code",
                                     "paper",
                                     "paper_licence",
                                     "version",
                                     "date",
                                     "url",
                                     "placed_on_market",
                                     "grid",
                                     "cost",
                                     "copyright",
                                     "declares",
                                     "illegal_content"};

struct KeptName {
  const char* name;
  Kept kept;
};
constexpr KeptName kKept[] = {{"none", Kept::kNone},
                              {"last", Kept::kLast},
                              {"phase-ends", Kept::kPhaseEnds},
                              {"all", Kept::kAll}};

[[noreturn]] void refuse_word(const std::string& word, const std::string& place,
                              const std::string& known) {
  fail(ErrorCode::kInvalidArgument, "unknown value '" + word + "'", place, "known: " + known);
}

Kept kept_at(const Json& recipe, const Json& section, const char* key, const char* fallback) {
  const std::string word = section.get(key, fallback);
  for (const KeptName& entry : kKept) {
    if (word == entry.name) return entry.kept;
  }
  refuse_word(word, release_place(recipe, key), "none, last, phase-ends, all");
}

CorpusPart corpus_at(const Json& recipe, const Json& section) {
  const std::string word = section.get("corpus", "none");
  if (word == "none") return CorpusPart::kNone;
  if (word == "holdout") return CorpusPart::kHoldout;
  if (word == "all") return CorpusPart::kAll;
  refuse_word(word, release_place(recipe, "corpus"), "none, holdout, all");
}

void check_figures(const Json& recipe, const Json& section, const char* key,
                   const std::vector<std::string>& words, const std::vector<std::string>& numbers) {
  const Json* part = section.find(key);
  if (part == nullptr) return;
  std::vector<std::string> known = words;
  known.insert(known.end(), numbers.begin(), numbers.end());
  if (!part->is_object()) {
    fail(ErrorCode::kInvalidArgument, std::string("'") + key + "' must have keys",
         release_place(recipe, key), "keys: " + join(known, ", "));
  }
  refuse_unknown_keys(*part, known, std::string("release.") + key);
  for (const std::string& name : words) static_cast<void>(part->get(name, ""));
  for (const std::string& name : numbers) {
    const Json* value = part->find(name);
    if (value == nullptr) continue;
    if (!value->is_number() || !(value->as_double() >= 0)) {
      fail(ErrorCode::kInvalidArgument, "'" + name + "' must be a number, not below 0",
           release_place(recipe, key));
    }
  }
}

void check_bill(const Json& recipe, const std::string& date, const std::string& url) {
  const bool whole = date.size() == 10 && is_date(date);
  if (!date.empty() && !whole) {
    fail(ErrorCode::kInvalidArgument, "'" + date + "' is no date", release_place(recipe, "date"),
         "a day, such as 2026-11-28");
  }
  if (url.empty() || (is_address(url) && url.find(' ') == std::string::npos)) return;
  fail(ErrorCode::kInvalidArgument, "'" + url + "' is no address", release_place(recipe, "url"),
       "such as https://example.org/model");
}

}  // namespace

std::string release_place(const Json& recipe, const std::string& key) {
  const Json* section = recipe.find("release");
  const Json* value = section == nullptr ? nullptr : section->find(key);
  for (const Json* known : {value, section, &recipe}) {
    if (known != nullptr && !known->place().empty()) return known->place() + ": release." + key;
  }
  return "recipe: release." + key;
}

bool is_address(const std::string& text) {
  return text.find("://") != std::string::npos;
}

std::string ReleaseSettings::paper_name() const {
  return "paper" + fs::path(paper).extension().string();
}

ReleaseSettings release_settings(const Json& recipe) {
  const Json* section = recipe.find("release");
  if (section != nullptr && section->is_object()) refuse_unknown_keys(*section, kKeys, "release");
  for (const char* key : {"weights_licence", "intended_use", "limits"}) {
    const Json* value = section == nullptr ? nullptr : section->find(key);
    if (value != nullptr && value->is_string() && !trim(value->as_string()).empty()) continue;
    fail(ErrorCode::kInvalidArgument, std::string("a release must state its ") + key,
         release_place(recipe, key),
         std::string("add to the recipe: release: {") + key + ": \"...\"}");
  }
  ReleaseSettings settings;
  settings.intended_use = section->get("intended_use", "");
  settings.limits = section->get("limits", "");
  parse_weights_policy(section->get("policy", "declared"), release_place(recipe, "policy"));
  const auto licence = [&](const char* key, std::string* value) {
    *value = section->get(key, value->c_str());
    parse_spdx(*value, release_place(recipe, key));
  };
  licence("weights_licence", &settings.weights_licence);
  settings.optimizer_licence = settings.weights_licence;
  licence("optimizer_licence", &settings.optimizer_licence);
  licence("data_licence", &settings.data_licence);
  licence("documents_licence", &settings.documents_licence);
  licence("code_licence", &settings.code_licence);
  settings.paper_licence = settings.documents_licence;
  licence("paper_licence", &settings.paper_licence);
  settings.checkpoints = kept_at(recipe, *section, "checkpoints", "phase-ends");
  settings.optimizer_states = kept_at(recipe, *section, "optimizer_states", "last");
  settings.corpus = corpus_at(recipe, *section);
  check_figures(recipe, *section, "provider", {"name", "contact", "representative"}, {});
  check_figures(recipe, *section, "grid", {"source"}, {"gco2e_per_kwh"});
  check_figures(recipe, *section, "cost", {"currency"}, {"per_kwh", "per_hour"});
  check_figures(recipe, *section, "copyright",
                {"policy", "contact", "code_of_practice", "opt_outs"}, {});
  settings.code = section->get("code", "");
  if (const Json* declares = section->find("declares")) {
    refuse_unknown_keys(*declares, {"class", "open_source"}, "release.declares");
    if (const Json* reached = declares->find("class")) parse_openness_class(*reached);
    static_cast<void>(declares->get("open_source", false));
  }
  settings.paper = section->get("paper", "");
  check_bill(recipe, section->get("date", ""), section->get("url", ""));
  for (const char* key : {"placed_on_market", "illegal_content", "version"}) {
    static_cast<void>(section->get(key, ""));  // a word, or an Error with its place
  }
  return settings;
}

}  // namespace lucie
