#include "trace/history.h"

#include <algorithm>

#include "base/error.h"
#include "base/framed_file.h"
#include "base/stream.h"

namespace lucie {

namespace {

constexpr std::size_t kMostShown = 20;  // of the documents that one stands for

struct Cluster {
  std::string step;
  std::int64_t kept = 0;
  std::vector<std::int64_t> dropped;  // numbers of verdict lines
  bool holds(std::int64_t number) const {
    return kept == number || std::find(dropped.begin(), dropped.end(), number) != dropped.end();
  }
};

template <typename See>  // bool see(number, verdict): go on?
void for_each_verdict(const fs::path& corpus_dir, See see) {
  LineReader lines(corpus_dir / "verdicts.jsonl.zst");
  std::string line;
  for (std::int64_t number = 0; lines.next(line); ++number) {
    if (!see(number, parse_json(line, lines.place()))) return;
  }
}

std::vector<Cluster> clusters_of(const fs::path& corpus_dir, std::int64_t number) {
  std::vector<Cluster> clusters;
  const fs::path file = corpus_dir / "clusters.jsonl.zst";
  if (!fs::exists(file)) return clusters;
  LineReader lines(file);
  std::string line;
  while (lines.next(line)) {
    const Json json = parse_json(line, lines.place());
    Cluster cluster{json.at("step").as_string(), json.at("kept").as_int(), {}};
    for (const Json& member : json.at("dropped").items()) {
      cluster.dropped.push_back(member.as_int());
    }
    if (cluster.holds(number)) clusters.push_back(std::move(cluster));
  }
  return clusters;
}

// Id, source and address of a verdict, which is found by its number.
Json name_at(FramedReader& verdicts, std::int64_t number) {
  if (number < 0 || static_cast<std::uint64_t>(number) >= verdicts.records()) {
    fail(ErrorCode::kCorrupt, "a cluster names verdict " + std::to_string(number),
         verdicts.path().string(), "the files of a corpus belong together; build it again");
  }
  const Json verdict =
      parse_json(verdicts.line(static_cast<std::uint64_t>(number)), verdicts.path().string());
  Json name = Json::object();
  for (const char* key : {"id", "source", "url"}) name[key] = verdict.get(key, "");
  return name;
}

Json duplicates_of(const fs::path& corpus_dir, std::int64_t number) {
  const std::vector<Cluster> clusters = clusters_of(corpus_dir, number);
  Json list = Json::array();
  if (clusters.empty()) return list;
  FramedReader verdicts(corpus_dir / "verdicts.jsonl.zst");
  for (const Cluster& cluster : clusters) {
    Json entry = Json::object();
    entry["step"] = cluster.step;
    entry["kept"] = name_at(verdicts, cluster.kept);
    entry["dropped"] = Json::array();
    for (const std::int64_t member : cluster.dropped) {
      if (entry["dropped"].size() < kMostShown) {
        entry["dropped"].push_back(name_at(verdicts, member));
      }
    }
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace

Json document_history(const fs::path& corpus_dir, const DocumentMatch& is_wanted) {
  Json history;
  std::int64_t at = 0;
  for_each_verdict(corpus_dir, [&](std::int64_t number, const Json& verdict) {
    if (!is_wanted(verdict.get("source", ""), verdict.get("id", ""))) return true;
    history = verdict;
    at = number;
    return false;
  });
  if (history.is_null()) return history;
  Json duplicates = duplicates_of(corpus_dir, at);
  history.erase("same_as");  // a number, of which the duplicates tell the document
  if (duplicates.size() > 0) history["duplicates"] = std::move(duplicates);
  return history;
}

}  // namespace lucie
