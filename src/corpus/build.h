// The corpus stage: sources -> documents with their licence -> filters (filters.h) -> training and
// held-out text in Dolma's layout, a verdict on every document that was read, and counts
// (corpus_files.h). The same bytes for any number of threads.
#pragma once

#include <string>
#include <vector>

#include "corpus/filters.h"
#include "corpus/readers/reader.h"
#include "corpus/sources.h"
#include "corpus/stats.h"

namespace lucie {

struct CorpusSettings {
  std::vector<SourceSpec> sources;
  SourceRegistry registry;
  FilterSettings filters;
  bool stop_on_damage = false;  // `corpus.on_damage: stop`: throw at the first damaged part
  std::string description;      // `corpus.description`: the recipe's words for the data card

  // From the recipe: `sources`, `corpus`, `seed`. Unknown keys are errors with the nearest name.
  static CorpusSettings from_recipe(const Json& recipe);
};

struct CorpusReport {
  CorpusStats stats;
  std::uint64_t documents_read = 0, bytes_read = 0;
};

// `data_dir`: where unpacked packages lie; `out_dir` is filled and need not exist. Nothing kept of
// anything is kInvalidArgument, since no later stage could go on.
CorpusReport build_corpus(const CorpusSettings& settings, const fs::path& data_dir,
                          const fs::path& out_dir, ThreadPool& pool);

}  // namespace lucie
