// Speed of deduplication on one core, in processor time, so that other work on the machine does
// not count:
//
//   dedup_bench near DOCUMENTS.jsonl[.gz|.zst] [CLUSTERS.json]    MinHash, 14 bands of 8 rows
//   dedup_bench exact DOCUMENTS.jsonl[.gz|.zst]                   documents and paragraphs
//
// Lines of JSON with `text`. CLUSTERS.json: a list of clusters, each a list of line numbers from 0.
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/stream.h"
#include "corpus/dedup.h"
#include "corpus/near_duplicates.h"

namespace {

using namespace lucie;

double seconds_since(std::clock_t start) {
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

std::vector<std::string> read_texts(const fs::path& path) {
  std::vector<std::string> texts;
  LineReader lines(path);
  for (std::string line; lines.next(line);) {
    texts.push_back(parse_json(line, lines.place()).at("text").as_string());
  }
  return texts;
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

std::size_t repeated_documents(const std::vector<std::string>& texts) {
  HashSet seen;
  std::size_t repeated = 0;
  for (const std::string& text : texts) repeated += !seen.insert(normalized_hash(text)).second;
  return repeated;
}

std::uint64_t repeated_paragraphs(const std::vector<std::string>& texts) {
  HashSet seen;
  std::uint64_t repeated = 0;
  for (const std::string& text : texts) {
    for_each_paragraph(text, 1, [&](const Hash128& hash, std::uint32_t) {
      repeated += !seen.insert(hash).second;
    });
  }
  return repeated;
}

void measure(const std::string& what, const fs::path& path, const char* clusters_out) {
  std::clock_t start = std::clock();
  const std::vector<std::string> texts = read_texts(path);
  const auto documents = static_cast<double>(texts.size());
  std::printf("read %zu documents: %.3f s\n", texts.size(), seconds_since(start));
  start = std::clock();
  if (what == "near") {
    const Json clusters = near_clusters(texts);
    const double seconds = seconds_since(start);
    std::printf("near %.3f s, %.0f documents/s, %zu clusters\n", seconds, documents / seconds,
                clusters.size());
    if (clusters_out != nullptr) write_file_atomic(clusters_out, clusters.dump());
    return;
  }
  const std::size_t repeated = repeated_documents(texts);
  std::printf("documents %.3f s, %zu repeated\n", seconds_since(start), repeated);
  start = std::clock();
  const std::uint64_t paragraphs = repeated_paragraphs(texts);
  std::printf("paragraphs %.3f s, %ju repeated\n", seconds_since(start),
              static_cast<std::uintmax_t>(paragraphs));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 2 ? argv[1] : "";
  if (what != "near" && what != "exact") {
    std::fprintf(stderr, "usage: dedup_bench near|exact DOCUMENTS [CLUSTERS]\n");
    return 2;
  }
  try {
    measure(what, argv[2], argc > 3 ? argv[3] : nullptr);
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
