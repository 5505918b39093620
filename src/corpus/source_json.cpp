#include "corpus/source_json.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/error.h"
#include "base/text.h"

namespace lucie {

namespace {

struct TextField {
  const char* key;
  std::string Source::*member;
};
constexpr TextField kTextFields[] = {
    {"reader", &Source::reader},     {"licence", &Source::licence},
    {"language", &Source::language}, {"category", &Source::category},
    {"obtained", &Source::obtained}, {"rights_holder", &Source::rights_holder},
    {"dates", &Source::dates},       {"resolved", &Source::resolved},
};

struct DescriptionField {
  const char* key;
  std::string SourceDescription::*member;
};
constexpr DescriptionField kDescriptionFields[] = {
    {"provenance", &SourceDescription::provenance},
    {"scope", &SourceDescription::scope},
    {"characteristics", &SourceDescription::characteristics},
    {"selection", &SourceDescription::selection},
    {"labelling", &SourceDescription::labelling},
    {"processing", &SourceDescription::processing},
};

struct UseName {
  Use use;
  const char* name;
};
constexpr UseName kGrants[] = {{Use::kVocabulary, "vocabulary"}, {Use::kDialogues, "dialogues"}};

[[noreturn]] void refuse(const Source& source, const Json& value, const std::string& message,
                         const std::string& hint) {
  fail(ErrorCode::kInvalidArgument, "source '" + source.id + "': " + message, value.place(), hint);
}

bool is_date_or_span(std::string_view text) {
  const std::vector<std::string> ends = split(text, '/');
  return ends.size() <= 2 && std::all_of(ends.begin(), ends.end(), is_date);
}

// A year alone is a number to YAML.
std::string words_of(const Json& value) {
  return value.is_int() ? std::to_string(value.as_int()) : value.as_string();
}

// Cards are for everybody: where something lies on this machine is not.
std::string published_path(const Json& entry) {
  const std::string path = entry.get("path", "");
  return path.starts_with('/') || path.starts_with('~') ? "elsewhere/" + entry.get("id", "") : path;
}

void read_texts(const Json& entry, Source* source) {
  for (const TextField& field : kTextFields) {
    const Json* value = entry.find(field.key);
    if (value != nullptr && !value->is_null()) source->*field.member = words_of(*value);
  }
  if (source->category.empty()) source->category = "other";
  if (!source->obtained.empty()) return;
  const std::string packages = join(strings_at(entry, "package"), " ");
  source->obtained = packages.empty()                          ? published_path(entry)
                     : packages.find(' ') == std::string::npos ? "Debian package " + packages
                                                               : "Debian packages " + packages;
}

void read_dates(const Json& entry, const Source& source) {
  if (!source.dates.empty() && !is_date_or_span(source.dates)) {
    refuse(source, entry.at("dates"), "'" + source.dates + "' is no date",
           "YYYY, YYYY-MM, YYYY-MM-DD, or two of them with a '/' between");
  }
  if (source.resolved.empty()) return;
  const Json& resolved = entry.at("resolved");
  if (!is_date(source.resolved)) {
    refuse(source, resolved, "'" + source.resolved + "' is no date", "for example 2026-03-31");
  }
  if (source.terms != Terms::kUnderNegotiation) {
    refuse(source, resolved, "only what is under negotiation is resolved",
           "leave `resolved` out, or state terms: under-negotiation");
  }
}

// A text, or {where: ..., fee: true}. Debian packages are free for all.
Access read_access(const Json& entry) {
  const Json* said = entry.find("how_to_get");
  if (said != nullptr && said->is_object()) {
    refuse_unknown_keys(*said, {"where", "fee"}, "sources.how_to_get");
    return {said->at("where").as_string(), said->get("fee", false)};
  }
  if (said != nullptr && !said->is_null()) return {said->as_string(), false};
  const std::string packages = join(strings_at(entry, "package"), " ");
  const bool pattern = packages.find_first_of("*?[") != std::string::npos;
  if (packages.empty()) return {};
  return {pattern ? "Debian packages " + packages : "apt-get download " + packages, false};
}

void read_jurisdictions(const Json& entry, Source* source) {
  const Json* said = entry.find("jurisdictions");
  if (said == nullptr || said->is_null()) return;
  const std::vector<std::string> known{"public-domain", "licensed", "tdm", "unknown"};
  for (const auto& [name, status] : said->members()) {
    const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
    if (name.size() != 2 || !std::all_of(name.begin(), name.end(), lower)) {
      refuse(*source, *said, "'" + name + "' is no jurisdiction", "two letters: eu, us, fr, ...");
    }
    if (std::find(known.begin(), known.end(), status.as_string()) == known.end()) {
      const std::string meant = did_you_mean(status.as_string(), known);
      refuse(*source, status, "unknown status '" + status.as_string() + "' in " + name,
             meant.empty() ? "one of " + join(known, ", ") : meant);
    }
    source->jurisdictions[name] = status.as_string();
  }
}

void read_description(const Json& entry, Source* source) {
  std::vector<std::string> keys, missing;
  for (const DescriptionField& field : kDescriptionFields) keys.emplace_back(field.key);
  const Json* said = entry.find("description");
  if (said != nullptr) refuse_unknown_keys(*said, keys, "sources.description");
  for (const DescriptionField& field : kDescriptionFields) {
    std::string& text = source->description.*field.member;
    const Json* words = said == nullptr ? nullptr : said->find(field.key);
    if (words != nullptr && !words->is_null()) text = std::string(trim(words_of(*words)));
    if (text.empty()) missing.emplace_back(field.key);
  }
  if (source->terms != Terms::kUnshareable) return;
  if (!missing.empty()) {
    refuse(*source, entry, "unshareable, and its description lacks " + join(missing, ", "),
           "what nobody may see must be described: description: {provenance: ..., scope: ..., "
           "characteristics: ..., selection: ..., labelling: ..., processing: ...}");
  }
  if (source->licence.empty()) {
    refuse(*source, entry, "unshareable, and does not declare its licence",
           "add licence: LicenseRef-" + source->id +
               ", for example: what its files say of theirs is not repeated on cards");
  }
  if (entry.get("obtained", "").empty()) {
    refuse(*source, entry, "unshareable, and does not say how it was obtained",
           "add obtained: in words, under which agreement the text came here");
  }
}

void read_grants(const Json& entry, Source* source) {
  const Json* said = entry.find("also_for");
  if (said == nullptr || said->is_null()) return;
  if (source->terms != Terms::kUnshareable) {
    refuse(*source, *said, "also_for is for unshareable sources", "leave it out");
  }
  for (const Json& name : said->items()) {
    const auto* grant =
        std::find_if(std::begin(kGrants), std::end(kGrants),
                     [&](const UseName& known) { return name.as_string() == known.name; });
    if (grant == std::end(kGrants)) {
      refuse(*source, *said, "unknown use '" + name.as_string() + "'",
             "one of vocabulary, dialogues");
    }
    source->also_for.insert(grant->use);
  }
}

Json description_to_json(const SourceDescription& description) {
  Json json = Json::object();
  for (const DescriptionField& field : kDescriptionFields) {
    if (!(description.*field.member).empty()) json[field.key] = description.*field.member;
  }
  return json;
}

}  // namespace

bool is_date(std::string_view text) {
  const std::vector<std::string> parts = split(text, '-');
  if (parts.empty() || parts.size() > 3 || parts[0].size() != 4) return false;
  std::array<unsigned, 3> numbers{1, 1, 1};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!std::all_of(parts[i].begin(), parts[i].end(), digit)) return false;
    if (i > 0 && parts[i].size() != 2) return false;
    numbers[i] = static_cast<unsigned>(parse_int(parts[i]).value_or(0));
  }
  return std::chrono::year_month_day(std::chrono::year(static_cast<int>(numbers[0])),
                                     std::chrono::month(numbers[1]), std::chrono::day(numbers[2]))
      .ok();
}

Source source_from_json(const Json& entry) {
  Source source;
  source.id = entry.at("id").as_string();
  const Json* terms = entry.find("terms");
  if (terms == nullptr) {
    fail(ErrorCode::kInvalidArgument, "source '" + source.id + "' does not state its terms",
         entry.place(),
         "add terms: open, copyleft, non-commercial, under-negotiation or unshareable");
  }
  source.terms = parse_terms(terms->as_string(), terms->place());
  source.accept_unknown_licence = entry.get("accept_unknown_licence", false);
  read_texts(entry, &source);
  read_dates(entry, source);
  source.how_to_get = read_access(entry);
  read_jurisdictions(entry, &source);
  read_description(entry, &source);
  read_grants(entry, &source);
  return source;
}

Json source_to_json(const Source& source) {
  Json entry = Json::object();
  entry["id"] = source.id;
  for (const TextField& field : kTextFields) {
    if (!(source.*field.member).empty()) entry[field.key] = source.*field.member;
  }
  entry["terms"] = terms_name(source.terms);
  if (!source.how_to_get.where.empty()) {
    entry["how_to_get"]["where"] = source.how_to_get.where;
    entry["how_to_get"]["fee"] = source.how_to_get.for_a_fee;
  }
  for (const auto& [name, status] : source.jurisdictions) entry["jurisdictions"][name] = status;
  const Json description = description_to_json(source.description);
  if (description.size() > 0) entry["description"] = description;
  for (const UseName& grant : kGrants) {
    if (source.also_for.contains(grant.use)) entry["also_for"].push_back(grant.name);
  }
  entry["accept_unknown_licence"] = source.accept_unknown_licence;
  return entry;
}

const std::vector<std::string>& registry_keys() {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> names{"id",
                                   "terms",
                                   "how_to_get",
                                   "jurisdictions",
                                   "description",
                                   "also_for",
                                   "accept_unknown_licence"};
    for (const TextField& field : kTextFields) names.emplace_back(field.key);
    return names;
  }();
  return keys;
}

}  // namespace lucie
