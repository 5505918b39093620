#include "corpus/token_groups.h"

#include <fmt/format.h>

#include <algorithm>

namespace lucie {

namespace {

// Bytes that no file name has trouble with stand as they are; no two ids come out alike.
std::string file_name_of(std::string_view id) {
  std::string name;
  for (const char c : id) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_';
    name += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return name;
}

// The year that a date begins with, or nothing.
std::string year_of(std::string_view date) {
  const bool fits = date.size() >= 4 && std::all_of(date.begin(), date.begin() + 4,
                                                    [](char c) { return c >= '0' && c <= '9'; });
  return fits ? std::string(date.substr(0, 4)) : std::string();
}

template <typename T>
void insert_once(const T& value, std::vector<T>* sorted) {
  const auto place = std::lower_bound(sorted->begin(), sorted->end(), value);
  if (place == sorted->end() || *place != value) sorted->insert(place, value);
}

}  // namespace

std::string mixture_group(std::string_view language) {
  return is_aligned_language(language) ? "aligned" : std::string(language);
}

std::string GroupKey::name() const {
  std::string name = file_name_of(language);
  if (!source.empty()) name += "--" + file_name_of(source);
  if (!year.empty()) name += "--" + year;
  if (longer_than > 0) name += fmt::format("--over-{}", longer_than);
  return name;
}

Json GroupKey::to_json() const {
  Json json = Json::object();
  json["language"] = language;
  if (!source.empty()) json["source"] = source;
  if (!category.empty()) json["category"] = category;
  if (!year.empty()) json["year"] = year;
  if (longer_than > 0) json["longer_than"] = longer_than;
  return json;
}

GroupKey GroupKey::from_json(const Json& json) {
  GroupKey key;
  key.language = json.at("language").as_string();
  key.source = json.get("source", "");
  key.category = json.get("category", "");
  key.year = json.get("year", "");
  key.longer_than = static_cast<std::uint64_t>(json.get("longer_than", 0));
  return key;
}

Grouping::Grouping(const SourceRegistry& registry) {
  for (const Source& source : registry.sources()) {
    GroupKey& key = sources[source.id];
    key.category = source.category;
    // A span of years is no year.
    if (source.dates.find('/') == std::string::npos) key.year = year_of(source.dates);
  }
}

void Grouping::split_at_year(const std::string& year) {
  insert_once(year, &years);
}

void Grouping::split_at_length(std::uint64_t length) {
  insert_once(length, &lengths);
}

std::string Grouping::year_class(const Document& document) const {
  std::string year = year_of(document.created);
  const auto source = sources.find(document.source);
  if (year.empty() && source != sources.end()) year = source->second.year;
  if (year.empty()) return kUndated;
  if (by_year) return year;
  const auto after = std::upper_bound(years.begin(), years.end(), year);
  return after == years.begin() ? kEarlier : *std::prev(after);
}

GroupKey Grouping::key_of(const Document& document, std::uint64_t tokens) const {
  GroupKey key;
  key.language = mixture_group(document.language);
  if (by_source) {
    const auto source = sources.find(document.source);
    key.source = document.source;
    key.category = source == sources.end() ? "other" : source->second.category;
  }
  if (tells_years()) key.year = year_class(document);
  for (const std::uint64_t length : lengths) {
    if (tokens > length) key.longer_than = length;
  }
  return key;
}

Json Grouping::to_json() const {
  Json json = Json::object();
  if (by_source) json["source"] = true;
  if (by_year) json["year"] = true;
  for (const std::string& year : years) {
    if (!by_year) json["years"].push_back(year);
  }
  for (const std::uint64_t length : lengths) json["longer_than"].push_back(length);
  return json;
}

}  // namespace lucie
