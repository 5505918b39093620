// The recipe's part of asked_steps.h.
#include <limits>

#include "base/error.h"
#include "base/hash.h"
#include "corpus/asked_steps.h"

namespace lucie {

namespace {

// A number, or the name of CCNet's bucket up to which texts are kept.
double read_most(const Json& value, const TextModel& model) {
  if (!value.is_string()) return value.as_double();
  const std::string& name = value.as_string();
  if (name != "head" && name != "middle") {
    fail(ErrorCode::kInvalidArgument, "max of a perplexity is '" + name + "'", value.place(),
         "a number, head or middle");
  }
  const double most = name == "head" ? model.head() : model.middle();
  if (most == 0) {
    fail(ErrorCode::kInvalidArgument, "the text model has no " + name, value.place(),
         "train it on 20 documents or more, or give a number");
  }
  return most;
}

PerplexityRule read_perplexity(const std::string& language, const Json& json) {
  refuse_unknown_keys(json, {"model", "min", "max", "known_words"},
                      "corpus.quality.perplexity." + language);
  PerplexityRule rule;
  const std::string& path = json.at("model").as_string();
  rule.model = std::make_shared<TextModel>(fs::path(path));
  if (rule.model->language() != language) {
    fail(ErrorCode::kInvalidArgument,
         "the text model of " + language + " is one of " + rule.model->language() + ": " + path,
         json.place());
  }
  rule.min = json.get("min", 0.0);
  const Json* max = json.find("max");
  rule.max =
      max == nullptr ? std::numeric_limits<double>::infinity() : read_most(*max, *rule.model);
  rule.min_known_words = json.get("known_words", 0.0);
  if (!(rule.min_known_words >= 0 && rule.min_known_words <= 1)) {
    fail(ErrorCode::kInvalidArgument, "known_words is not between 0 and 1", json.place(),
         "for example 0.8");
  }
  return rule;
}

void read_quality(const Json& json, AskedSteps* asked) {
  Json rules = json;
  if (const Json* perplexity = json.find("perplexity")) {
    for (const auto& [language, rule] : perplexity->members()) {
      asked->perplexity[language] = read_perplexity(language, rule);
    }
    rules.erase("perplexity");
  }
  const bool is_perplexity_only = rules.size() == 0 && !asked->perplexity.empty();
  if (!is_perplexity_only) asked->quality = quality::Settings::from_json(rules);
}

// Pages of the web, unless the recipe says otherwise of a source.
bool is_web_source(const Json& source) {
  const std::string reader = source.get("reader", "");
  const std::string quality =
      source.get("quality", reader == "warc" || reader == "wet" ? "web" : "none");
  if (quality != "web" && quality != "none") {
    fail(ErrorCode::kInvalidArgument, "quality of a source is '" + quality + "'", source.place(),
         "one of web, none");
  }
  return quality == "web";
}

Json* member(Json* of, const char* key) {
  return of->find(key) == nullptr ? nullptr : &(*of)[key];
}

// A text, or {path: ...}.
void add_path(Json* value, std::vector<Json*>* paths) {
  if (value->is_string()) paths->push_back(value);
  if (Json* path = member(value, "path")) paths->push_back(path);
}

}  // namespace

const std::vector<std::string>& asked_step_keys() {
  static const std::vector<std::string> keys = {"opt_out",       "licences",      "public_domain",
                                                "quality",       "personal_data", "language_model",
                                                "language_score"};
  return keys;
}

std::vector<Json*> named_files(Json* corpus) {
  std::vector<Json*> paths;
  if (Json* lists = member(corpus, "opt_out"); lists != nullptr && lists->is_array()) {
    for (Json& list : lists->items()) add_path(&list, &paths);
  }
  if (Json* model = member(corpus, "language_model")) add_path(model, &paths);
  Json* quality = member(corpus, "quality");
  if (quality == nullptr) return paths;
  if (Json* lists = member(quality, "bad_words"); lists != nullptr && lists->is_object()) {
    for (auto& [language, path] : lists->members()) add_path(&path, &paths);
  }
  if (Json* rules = member(quality, "perplexity"); rules != nullptr && rules->is_object()) {
    for (auto& [language, rule] : rules->members()) {
      if (Json* model = member(&rule, "model")) add_path(model, &paths);
    }
  }
  return paths;
}

Json hashes_of_named_files(const Json& corpus) {
  Json hashes, section = corpus;
  for (const Json* path : named_files(&section)) {
    hashes[path->as_string()] = sha256_file(path->as_string());
  }
  return hashes;
}

std::shared_ptr<const AskedSteps> AskedSteps::from_recipe(const Json& recipe) {
  auto asked = std::make_shared<AskedSteps>();
  std::vector<std::string> ids;
  for (const Json& source : recipe.at("sources").items()) {
    ids.push_back(source.at("id").as_string());
    if (is_web_source(source)) asked->web_sources.insert(ids.back());
  }
  const Json* corpus = recipe.find("corpus");
  if (corpus == nullptr || !corpus->is_object()) return asked;
  const auto seed = static_cast<std::uint64_t>(recipe.get("seed", 42));
  if (const Json* json = corpus->find("opt_out")) asked->opt_out = OptOutSettings::from_json(*json);
  if (const Json* json = corpus->find("licences"))
    asked->licences = LicenceFilter::from_json(*json);
  if (const Json* json = corpus->find("public_domain")) {
    asked->public_domain = PublicDomainSettings::from_json(*json);
    refuse_unknown_keys(json->at("sources"), ids, "corpus.public_domain.sources");
  }
  if (const Json* json = corpus->find("quality")) read_quality(*json, asked.get());
  if (const Json* json = corpus->find("personal_data")) {
    asked->personal_data = PersonalDataSettings::from_json(*json, seed);
  }
  if (const Json* path = corpus->find("language_model")) {
    asked->language_model = std::make_shared<FastTextModel>(fs::path(path->as_string()));
  }
  asked->language_score = corpus->get("language_score", asked->language_score);
  if (!(asked->language_score >= 0 && asked->language_score <= 1)) {
    fail(ErrorCode::kInvalidArgument, "corpus.language_score is not between 0 and 1",
         corpus->place(), "for example 0.65");
  }
  return asked;
}

}  // namespace lucie
