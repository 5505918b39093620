#include "corpus/stats.h"

#include "corpus/text_repair.h"

namespace lucie {

namespace {

Json tallies_to_json(const std::map<std::string, Tally>& tallies) {
  Json json = Json::object();
  for (const auto& [name, tally] : tallies) json[name] = tally.to_json();
  return json;
}

Json crossed_to_json(const std::map<std::string, std::map<std::string, Tally>>& crossed) {
  Json json = Json::object();
  for (const auto& [name, tallies] : crossed) json[name] = tallies_to_json(tallies);
  return json;
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
  const auto add_to = [&one](Tally& tally) {
    tally.documents += one.documents;
    tally.characters += one.characters;
    tally.words += one.words;
    tally.bytes += one.bytes;
  };
  add_to(total);
  add_to(by_language[document.language]);
  add_to(by_source[document.source]);
  add_to(by_licence[document.licence]);
  add_to(by_source_licence[document.source][document.licence]);
  add_to(by_source_language[document.source][document.language]);
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

void CorpusStats::add(const Candidate& candidate) {
  paragraphs.units += candidate.paragraphs.units;
  paragraphs.bytes += candidate.paragraphs.bytes;
  invalid_bytes += candidate.invalid_bytes;
  controls += candidate.controls;
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
  Json changes = Json::object();
  changes["repeated_paragraphs"] = paragraphs.units;
  changes["repeated_paragraph_bytes"] = paragraphs.bytes;
  changes["invalid_bytes"] = invalid_bytes;
  changes["control_characters"] = controls;
  json["changes"] = std::move(changes);
  return json;
}

}  // namespace lucie
