#include "trace/history.h"

#include <algorithm>
#include <map>

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

// Id, source and address of verdict lines.
std::map<std::int64_t, Json> names_of(const fs::path& corpus_dir,
                                      const std::vector<Cluster>& clusters) {
  std::map<std::int64_t, Json> names;
  for (const Cluster& cluster : clusters) {
    names[cluster.kept];
    for (const std::int64_t member : cluster.dropped) names[member];
  }
  for_each_verdict(corpus_dir, [&](std::int64_t number, const Json& verdict) {
    const auto found = names.find(number);
    if (found == names.end()) return true;
    found->second = Json::object();
    for (const char* key : {"id", "source", "url"}) found->second[key] = verdict.get(key, "");
    return true;
  });
  return names;
}

Json duplicates_of(const fs::path& corpus_dir, std::int64_t number) {
  std::vector<Cluster> clusters = clusters_of(corpus_dir, number);
  for (Cluster& cluster : clusters) {
    cluster.dropped.resize(std::min(cluster.dropped.size(), kMostShown));
  }
  Json list = Json::array();
  if (clusters.empty()) return list;
  const std::map<std::int64_t, Json> names = names_of(corpus_dir, clusters);
  for (const Cluster& cluster : clusters) {
    Json entry = Json::object();
    entry["step"] = cluster.step;
    entry["kept"] = names.at(cluster.kept);
    entry["dropped"] = Json::array();
    for (const std::int64_t member : cluster.dropped) {
      entry["dropped"].push_back(names.at(member));
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
