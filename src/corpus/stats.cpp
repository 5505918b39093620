#include "corpus/stats.h"

#include "corpus/text_repair.h"

namespace lucie {

namespace {

Json tallies_to_json(const std::map<std::string, Tally>& tallies) {
  Json json = Json::object();
  for (const auto& [name, tally] : tallies) json[name] = tally.to_json();
  return json;
}

using CrossedTallies = std::map<std::string, std::map<std::string, Tally>>;

Json crossed_to_json(const CrossedTallies& crossed) {
  Json json = Json::object();
  for (const auto& [name, tallies] : crossed) json[name] = tallies_to_json(tallies);
  return json;
}

std::uint64_t number(const Json& json, const char* key) {
  return static_cast<std::uint64_t>(json.at(key).as_int());
}

Tally tally_from_json(const Json& json) {
  return {number(json, "documents"), number(json, "characters"), number(json, "words"),
          number(json, "bytes")};
}

std::map<std::string, Tally> tallies_from_json(const Json& json) {
  std::map<std::string, Tally> tallies;
  for (const auto& [name, tally] : json.members()) tallies[name] = tally_from_json(tally);
  return tallies;
}

CrossedTallies crossed_from_json(const Json& json) {
  CrossedTallies crossed;
  for (const auto& [name, tallies] : json.members()) crossed[name] = tallies_from_json(tallies);
  return crossed;
}

Composition composition_from_json(const Json& json) {
  Composition composition;
  composition.total = tally_from_json(json.at("total"));
  composition.by_language = tallies_from_json(json.at("by_language"));
  composition.by_source = tallies_from_json(json.at("by_source"));
  composition.by_licence = tallies_from_json(json.at("by_licence"));
  composition.by_source_licence = crossed_from_json(json.at("by_source_licence"));
  composition.by_source_language = crossed_from_json(json.at("by_source_language"));
  return composition;
}

LeakShare leak_from_json(const Json& json) {
  return {number(json, "bytes_before"), number(json, "bytes_removed"), number(json, "bytes_left")};
}

void add_tallies(const std::map<std::string, Tally>& from, std::map<std::string, Tally>* to) {
  for (const auto& [name, tally] : from) (*to)[name].add(tally);
}

void add_crossed(const CrossedTallies& from, CrossedTallies* to) {
  for (const auto& [name, tallies] : from) add_tallies(tallies, &(*to)[name]);
}

Json leak_to_json(const LeakShare& leak) {
  Json json = Json::object();
  json["bytes_before"] = leak.bytes_before;
  json["bytes_removed"] = leak.bytes_removed;
  json["bytes_left"] = leak.bytes_left;
  json["share"] = leak.share();
  return json;
}

}  // namespace

void Tally::add(const Document& document) {
  ++documents;
  characters += count_characters(document.text);
  words += count_words(document.text);
  bytes += document.text.size();
}

void Tally::add(const Tally& other) {
  documents += other.documents;
  characters += other.characters;
  words += other.words;
  bytes += other.bytes;
}

Json Tally::to_json() const {
  Json json = Json::object();
  json["documents"] = documents;
  json["characters"] = characters;
  json["words"] = words;
  json["bytes"] = bytes;
  return json;
}

void Composition::add(const Document& document) {
  Tally one;
  one.add(document);
  total.add(one);
  by_language[document.language].add(one);
  by_source[document.source].add(one);
  by_licence[document.licence].add(one);
  by_source_licence[document.source][document.licence].add(one);
  by_source_language[document.source][document.language].add(one);
}

void Composition::add(const Composition& other) {
  total.add(other.total);
  add_tallies(other.by_language, &by_language);
  add_tallies(other.by_source, &by_source);
  add_tallies(other.by_licence, &by_licence);
  add_crossed(other.by_source_licence, &by_source_licence);
  add_crossed(other.by_source_language, &by_source_language);
}

Json Composition::to_json() const {
  Json json = Json::object();
  json["total"] = total.to_json();
  json["by_language"] = tallies_to_json(by_language);
  json["by_source"] = tallies_to_json(by_source);
  json["by_licence"] = tallies_to_json(by_licence);
  json["by_source_licence"] = crossed_to_json(by_source_licence);
  json["by_source_language"] = crossed_to_json(by_source_language);
  return json;
}

double LeakShare::share() const {
  return bytes_before == 0 ? 0
                           : static_cast<double>(bytes_removed) / static_cast<double>(bytes_before);
}

void LeakShare::add(const LeakShare& other) {
  bytes_before += other.bytes_before;
  bytes_removed += other.bytes_removed;
  bytes_left += other.bytes_left;
}

// These stand in stats.json even when nothing was changed.
CorpusStats::CorpusStats()
    : changes{{"control_characters", 0},
              {"invalid_bytes", 0},
              {"repeated_paragraph_bytes", 0},
              {"repeated_paragraphs", 0}} {}

void CorpusStats::add(const CorpusStats& other) {
  train.add(other.train);
  holdout.add(other.holdout);
  add_crossed(other.dropped, &dropped);
  for (const auto& [reason, count] : other.failed) failed[reason] += count;
  for (const auto& [name, count] : other.changes) changes[name] += count;
  leak.add(other.leak);
  for (const auto& [language, share] : other.leak_by_language) {
    leak_by_language[language].add(share);
  }
}

std::uint64_t CorpusStats::documents() const {
  std::uint64_t sum = train.total.documents + holdout.total.documents;
  for (const auto& [step, reasons] : dropped) {
    for (const auto& [reason, tally] : reasons) sum += tally.documents;
  }
  for (const auto& [reason, count] : failed) sum += count;
  return sum;
}

void CorpusStats::add(const Candidate& candidate) {
  for (const auto& [name, count] : candidate.changes.entries()) changes[name] += count;
  if (candidate.held_out) {
    for (LeakShare* share : {&leak, &leak_by_language[candidate.document.language]}) {
      share->bytes_before += candidate.bytes_held_out;
      share->bytes_removed += candidate.known_lines.removed.bytes;
      share->bytes_left += candidate.known_lines.bytes_left;
    }
  }
  if (candidate.kept()) {
    (candidate.held_out ? holdout : train).add(candidate.document);
  } else if (candidate.failed) {
    ++failed[candidate.reason];
  } else {
    Tally& tally = dropped[candidate.dropped_by][candidate.reason];
    ++tally.documents;
    tally.bytes += candidate.bytes_read;
  }
}

Json CorpusStats::to_json() const {
  Json json = Json::object();
  json["version"] = 1;
  json["train"] = train.to_json();
  json["holdout"] = holdout.to_json();
  Json leaks = leak_to_json(leak);
  leaks["by_language"] = Json::object();
  for (const auto& [language, share] : leak_by_language) {
    leaks["by_language"][language] = leak_to_json(share);
  }
  json["holdout_lines_also_in_training"] = std::move(leaks);
  Json drops = Json::object();
  for (const auto& [step, reasons] : dropped) {
    drops[step] = Json::object();
    for (const auto& [reason, tally] : reasons) {
      Json entry = Json::object();
      entry["documents"] = tally.documents;
      entry["bytes_read"] = tally.bytes;
      drops[step][reason] = std::move(entry);
    }
  }
  json["dropped"] = std::move(drops);
  Json failures = Json::object();
  for (const auto& [reason, count] : failed) failures[reason] = count;
  json["failed"] = std::move(failures);
  Json changed = Json::object();
  for (const auto& [name, count] : changes) changed[name] = count;
  json["changes"] = std::move(changed);
  return json;
}

CorpusStats CorpusStats::from_json(const Json& json) {
  CorpusStats stats;
  stats.train = composition_from_json(json.at("train"));
  stats.holdout = composition_from_json(json.at("holdout"));
  const Json& leaks = json.at("holdout_lines_also_in_training");
  stats.leak = leak_from_json(leaks);
  for (const auto& [language, share] : leaks.at("by_language").members()) {
    stats.leak_by_language[language] = leak_from_json(share);
  }
  for (const auto& [step, reasons] : json.at("dropped").members()) {
    for (const auto& [reason, entry] : reasons.members()) {
      Tally& tally = stats.dropped[step][reason];
      tally.documents = number(entry, "documents");
      tally.bytes = number(entry, "bytes_read");
    }
  }
  for (const auto& [reason, count] : json.at("failed").members()) {
    stats.failed[reason] = static_cast<std::uint64_t>(count.as_int());
  }
  for (const auto& [name, count] : json.at("changes").members()) {
    stats.changes[name] = static_cast<std::uint64_t>(count.as_int());
  }
  return stats;
}

}  // namespace lucie
