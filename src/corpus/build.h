// The corpus stage: sources -> documents with their licence -> training and held-out text in
// Dolma's layout, a verdict on every document that was read, clusters of duplicates, and counts
// (corpus_files.h), in bounded memory.
//
// Four passes over shards (build/plan.h): read (build/read_pass.h: the steps of filters.h), compare
// (build/compare_pass.h), write (build/write_pass.h), and the held-out side (build/holdout_pass.h).
// The bytes are the same for any memory, number of threads and of processes, killed or not.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "corpus/decontamination.h"
#include "corpus/filters.h"
#include "corpus/readers/reader.h"
#include "corpus/sources.h"
#include "corpus/stats.h"

namespace lucie {

struct CorpusSettings {
  std::vector<SourceSpec> sources;
  SourceRegistry registry;
  FilterSettings filters;
  std::optional<DecontaminationSettings> decontaminate;
  bool stop_on_damage = false;  // `corpus.on_damage: stop`: throw at the first damaged part
  std::string description;      // `corpus.description`: the recipe's words for the data card
  // `corpus.memory`, in bytes: about what comparing takes. A thread takes its document and some
  // megabytes beside it.
  std::uint64_t memory = 2'000'000'000;
  Json recipe;  // all that the corpus depends on

  // From the recipe: `sources`, `corpus`, `seed`. Unknown keys are errors with the nearest name.
  static CorpusSettings from_recipe(const Json& recipe);
  // Of a recipe by anyone, say of a bundle: every path in it is taken from `folder`, wherever the
  // program runs. One that is absolute, begins with ~ or leads out of `folder` is kCorrupt; links
  // in `folder` are followed, since whoever names it made them.
  static CorpusSettings from_foreign_recipe(Json recipe, const fs::path& folder);
};

// "2GB" of `corpus.memory` or a flag.
std::uint64_t corpus_memory(const std::string& text, const std::string& place);

struct CorpusReport {
  CorpusStats stats;
  std::uint64_t documents_read = 0, bytes_read = 0;
};

// `data_dir`: where unpacked packages lie. `out_dir` is filled and need not exist; until stats.json
// is there, what is not done yet is in its folder `work`. Called again after a kill it goes on, and
// several processes may call it for one `out_dir` at once; when all is done, it says so at once.
// Errors: kInvalidArgument when nothing is kept of anything, since no later stage could go on, and
// for an `out_dir` that holds something else; kMismatch when another process builds another corpus
// there.
CorpusReport build_corpus(const CorpusSettings& settings, const fs::path& data_dir,
                          const fs::path& out_dir, ThreadPool& pool);

}  // namespace lucie
