// Decontamination: texts of evaluation sets are kept out of the corpus, by exact n-grams of words
// (plain_words.h; 13 as in Brown et al., "Language Models are Few-Shot Learners", 2020).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/json.h"

namespace lucie {

struct EvaluationSet {
  std::string name;
  fs::path path;                    // lines of JSON, may be compressed; below the data folder
  std::vector<std::string> fields;  // texts of a line; none: every string in it
};

struct DecontaminationSettings {
  std::vector<EvaluationSet> sets;
  int ngram = 13;      // words
  bool spans = false;  // only the words found are taken out, not the document

  // `corpus.decontaminate`: [{name, path, fields}], or {sets: [...], ngram, remove: document|span}.
  static DecontaminationSettings from_json(const Json& decontaminate);
};

struct Contamination {
  struct Span {
    std::size_t begin = 0, end = 0;  // bytes of the text
    bool operator==(const Span&) const = default;
  };
  struct Hit {
    std::uint32_t set = 0, item = 0;  // numbers of the set and of the line in it, from 0
    auto operator<=>(const Hit&) const = default;
  };
  std::vector<Span> spans;  // rising, apart from each other
  std::vector<Hit> hits;    // sorted, each once

  bool found() const { return !hits.empty(); }
  std::string without_spans(std::string_view text) const;
};

// The n-grams of all sets. Const and shared by threads. Takes 16 bytes for each n-gram.
class EvaluationIndex {
 public:
  // Reads the sets; a line without any of its set's fields is kCorrupt.
  EvaluationIndex(const DecontaminationSettings& settings, const fs::path& data_dir);

  Contamination find(std::string_view text) const;
  bool cuts_spans() const { return settings_.spans; }
  const std::string& name_of(const Contamination::Hit& hit) const { return sets_[hit.set].name; }

  // What one document had, for report(): {document, hits: [[set, item], ...]}.
  static Json record(std::string_view document_id, const Contamination& contamination);
  // By set: items, those too short to have an n-gram, those found in the corpus, and the documents
  // that had them; then every record, its sets by name.
  Json report(const std::vector<Json>& records) const;

 private:
  struct Gram {
    std::uint64_t hash = 0;
    Contamination::Hit hit;
    auto operator<=>(const Gram&) const = default;
  };
  struct SetCounts {
    std::string name;
    std::uint64_t items = 0, too_short = 0;
  };

  void read_set(const EvaluationSet& set, const fs::path& path);
  bool add_text(std::string_view text, Contamination::Hit hit);  // whether it has an n-gram
  bool may_have(std::uint64_t hash) const;

  DecontaminationSettings settings_;
  std::vector<SetCounts> sets_;
  std::vector<Gram> grams_;            // sorted
  std::vector<std::uint64_t> filter_;  // a bit for each hash: most words of a corpus end here
};

}  // namespace lucie
