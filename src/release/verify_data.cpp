// Does the data information lead to what was trained on?
#include <set>

#include "corpus/build.h"
#include "release/openness_reader.h"
#include "release/verify.h"
#include "report/shown.h"

namespace lucie {

namespace {

std::string amount(const Json* row) {
  if (row == nullptr) return "none";
  return shown_count(*row, "documents") + " documents of " + shown_count(*row, "characters") +
         " characters";
}

// Documents and characters of a source in training, as the run counted them and as they were found
// now.
bool agree(const Json& read, const Json& now) {
  return figure(read, "documents") == figure(now, "documents") &&
         figure(read, "characters") == figure(now, "characters");
}

std::size_t compare_sources(const Json& rows, const Json& found, VerifyReport* report) {
  std::size_t different = 0;
  const auto differs = [&](const std::string& id, const Json* read, const Json* now) {
    ++different;
    report->fails("data", "source '" + id + "': the run read " + amount(read) + ", and there are " +
                              amount(now));
  };
  std::set<std::string> told;
  for (const Json& row : rows.items()) {
    const std::string id = row.get("name", "");
    told.insert(id);
    const Json* now = found.find(id);
    if (now == nullptr || !agree(row, *now)) differs(id, &row, now);
  }
  for (const auto& [id, now] : found.members()) {
    if (!told.contains(id)) differs(id, nullptr, &now);
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
  const Json* rows = look(results, "corpus.by_source");
  if (rows == nullptr || rows->size() == 0) {
    return report->fails("data", "results.json does not say what the run read of each source");
  }
  const Json stats = read_json(out / "stats.json");
  if (compare_sources(*rows, stats.at("train").at("by_source"), report) > 0) return;
  report->holds("data", std::to_string(rows->size()) +
                            " sources give as many documents and characters as the run read");
}

}  // namespace lucie
