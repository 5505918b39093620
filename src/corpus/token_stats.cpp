#include "corpus/token_stats.h"

#include <algorithm>

namespace lucie {

namespace {

Json tallies_to_json(const std::map<std::string, TokenTally>& tallies) {
  Json json = Json::object();
  for (const auto& [name, tally] : tallies) json[name] = tally.to_json();
  return json;
}

double ratio(std::uint64_t a, std::uint64_t b) {
  return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b);
}

Json crossed_to_json(const SourceLanguageTallies& sources) {
  Json json = Json::object();
  for (const auto& [source, languages] : sources) json[source] = tallies_to_json(languages);
  return json;
}

}  // namespace

double TokenTally::tokens_per_word() const {
  return ratio(tokens - 2 * documents, words);
}
double TokenTally::bytes_per_token() const {
  return ratio(bytes, tokens - 2 * documents);
}

Json TokenTally::to_json() const {
  Json json = Json::object();
  json["documents"] = documents;
  json["tokens"] = tokens;
  json["bytes"] = bytes;
  json["words"] = words;
  json["tokens_per_word"] = tokens_per_word();
  json["bytes_per_token"] = bytes_per_token();
  return json;
}

void TokenStats::add(const GroupKey& group, const Document& document, const TokenTally& one) {
  for (TokenTally* tally : {&total, &by_group[group.name()], &by_language[document.language],
                            &by_source[document.source], &by_licence[document.licence],
                            &by_source_language[document.source][document.language],
                            &groups[group][document.source][document.language]}) {
    tally->documents += one.documents;
    tally->tokens += one.tokens;
    tally->bytes += one.bytes;
    tally->words += one.words;
  }
}

Json TokenStats::to_json() const {
  Json json = Json::object();
  json["total"] = total.to_json();
  json["by_group"] = tallies_to_json(by_group);
  json["by_language"] = tallies_to_json(by_language);
  json["by_source"] = tallies_to_json(by_source);
  json["by_licence"] = tallies_to_json(by_licence);
  json["by_source_language"] = crossed_to_json(by_source_language);
  const bool finer = std::any_of(groups.begin(), groups.end(), [](const auto& group) {
    return group.first.name() != group.first.language;
  });
  if (!finer) return json;
  json["groups"] = Json::object();
  for (const auto& [key, tallies] : groups) {
    Json& group = json["groups"][key.name()];
    group = key.to_json();
    group["by_source_language"] = crossed_to_json(tallies);
  }
  return json;
}

}  // namespace lucie
