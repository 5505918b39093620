// Counts of documents, characters, words and bytes by language, source and licence, and of what was
// dropped and why: stats.json of the corpus stage and the figures of the data card.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "corpus/candidate.h"

namespace lucie {

struct Tally {
  std::uint64_t documents = 0, characters = 0, words = 0, bytes = 0;
  void add(const Document& document);
  void add(const Tally& other);
  Json to_json() const;
};

struct Composition {
  Tally total;
  std::map<std::string, Tally> by_language, by_source, by_licence;
  std::map<std::string, std::map<std::string, Tally>> by_source_licence;   // source -> licence
  std::map<std::string, std::map<std::string, Tally>> by_source_language;  // source -> language
  void add(const Document& document);
  void add(const Composition& other);
  Json to_json() const;
};

struct LeakShare {  // of held-out text found line by line in training
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_removed = 0;
  std::uint64_t bytes_left = 0;  // short lines of code, which stay
  double share() const;
  void add(const LeakShare& other);
};

struct CorpusStats {
  Composition train, holdout;
  std::map<std::string, std::map<std::string, Tally>> dropped;  // step -> reason; bytes as read
  std::map<std::string, std::uint64_t> failed;                  // reason -> damaged parts
  std::map<std::string, std::uint64_t> changes;                 // what steps changed, by name
  LeakShare leak;
  std::map<std::string, LeakShare> leak_by_language;

  CorpusStats();
  void add(const Candidate& candidate);
  void add(const CorpusStats& other);
  std::uint64_t documents() const;  // all that were added
  Json to_json() const;
  static CorpusStats from_json(const Json& json);
};

}  // namespace lucie
