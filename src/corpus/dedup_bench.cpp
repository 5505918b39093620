// Speed of deduplication on one core, in processor time, so that other work on the machine does
// not count:
//
//   dedup_bench near DOCUMENTS.jsonl[.gz|.zst] [CLUSTERS.json]    MinHash, 14 bands of 8 rows
//   dedup_bench exact DOCUMENTS.jsonl[.gz|.zst]                   documents and paragraphs, each
//                                                                 from the file
//
// Lines of JSON with `text`. CLUSTERS.json: a list of clusters, each a list of line numbers from 0.
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json_reader.h"
#include "base/stream.h"
#include "corpus/dedup.h"
#include "corpus/near_duplicates.h"

namespace {

using namespace lucie;

double seconds_since(std::clock_t start) {
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

template <typename Visit>
std::uint64_t for_each_text(const fs::path& path, Visit visit) {
  static const std::vector<std::string> kOnly = {"text"};
  LineReader lines(path);
  JsonReader json;
  std::uint64_t count = 0;
  for (std::string line; lines.next(line); ++count) {
    visit(json.read(line, lines.place(), kOnly).at("text").as_string());
  }
  return count;
}

Json near_clusters(const std::vector<std::string>& texts) {
  ThreadPool pool(1);
  const MinHasher hasher({});
  NearDuplicates near({}, fs::temp_directory_path(), 1 << 30, pool);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    near.add(i, 0, hasher.band_keys(hasher.signature(texts[i])));
  }
  near.find();
  Json clusters = Json::array();
  near.for_each_cluster([&](const NearCluster& cluster) {
    Json members = Json::array();
    for (const std::uint64_t member : cluster.members) members.push_back(member);
    clusters.push_back(std::move(members));
  });
  return clusters;
}

void measure_near(const fs::path& path, const char* clusters_out) {
  std::vector<std::string> texts;
  for_each_text(path, [&](const std::string& text) { texts.push_back(text); });
  const std::clock_t start = std::clock();
  const Json clusters = near_clusters(texts);
  const double seconds = seconds_since(start);
  std::printf("near %.3f s, %.0f documents/s, %zu clusters\n", seconds,
              static_cast<double>(texts.size()) / seconds, clusters.size());
  if (clusters_out != nullptr) write_file_atomic(clusters_out, clusters.dump());
}

// From the file each time, with nothing kept but hashes.
void measure_exact(const fs::path& path) {
  std::clock_t start = std::clock();
  std::uint64_t count = for_each_text(path, [](const std::string&) {});
  std::printf("reading %.3f s, %ju documents\n", seconds_since(start), std::uintmax_t{count});
  start = std::clock();
  std::uint64_t repeated = 0;
  KeySet seen;
  for_each_text(
      path, [&](const std::string& text) { repeated += !seen.insert(normalized_hash(text).low); });
  std::printf("documents %.3f s, %ju repeated\n", seconds_since(start), std::uintmax_t{repeated});
  start = std::clock();
  repeated = 0;
  seen = KeySet();
  for_each_text(path, [&](const std::string& text) {
    for_each_paragraph(
        text, 1, [&](const Hash128& hash, std::uint32_t) { repeated += !seen.insert(hash.low); });
  });
  std::printf("paragraphs %.3f s, %ju repeated\n", seconds_since(start), std::uintmax_t{repeated});
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 2 ? argv[1] : "";
  if (what != "near" && what != "exact") {
    std::fprintf(stderr, "usage: dedup_bench near|exact DOCUMENTS [CLUSTERS]\n");
    return 2;
  }
  try {
    if (what == "near") measure_near(argv[2], argc > 3 ? argv[3] : nullptr);
    if (what == "exact") measure_exact(argv[2]);
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
