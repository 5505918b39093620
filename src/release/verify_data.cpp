// Does the data information lead to what was trained on?
#include "corpus/build.h"
#include "release/openness_reader.h"
#include "release/verify.h"
#include "report/shown.h"

namespace lucie {

namespace {

// Documents and characters of each source in training, as the run counted them and as they were
// found now.
std::size_t compare_sources(const Json& results, const Json& stats, VerifyReport* report) {
  const Json* found = look(stats, "train.by_source");
  std::size_t different = 0;
  for (const Json& row : rows_at(results, "corpus.by_source")) {
    const std::string id = row.get("name", "");
    const Json* now = found == nullptr ? nullptr : found->find(id);
    bool same = now != nullptr;
    for (const char* key : {"documents", "characters"}) {
      same = same && figure(row, key) == figure(*now, key);
    }
    if (same) continue;
    ++different;
    report->fails("data", "source '" + id + "': the run read " + shown_count(row, "documents") +
                              " documents of " + shown_count(row, "characters") +
                              " characters, and there are " +
                              (now == nullptr ? "none"
                                              : shown_count(*now, "documents") + " of " +
                                                    shown_count(*now, "characters")));
  }
  return different;
}

}  // namespace

void verify_sources(const fs::path& dir, VerifyReport* report) {
  std::size_t found = 0;
  for (const Finding& finding : source_findings(dir)) {
    report->fails("sources", finding.source + ": " + finding.reason);
    ++found;
  }
  if (found == 0) {
    report->holds("sources", "the recipe and the terms speak of all that were trained on");
  }
}

void rebuild_corpus(const fs::path& dir, const fs::path& data_dir, const fs::path& out,
                    ThreadPool& pool, VerifyReport* report) {
  const Json recipe = read_yaml(dir / "recipe.yaml"), results = read_json(dir / "results.json");
  build_corpus(CorpusSettings::from_foreign_recipe(recipe, data_dir), data_dir, out, pool);
  if (compare_sources(results, read_json(out / "stats.json"), report) == 0) {
    report->holds("data", std::to_string(rows_at(results, "corpus.by_source").size()) +
                              " sources give as many documents and characters as the run read");
  }
}

}  // namespace lucie
