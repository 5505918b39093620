#include "corpus/build/holdout_pass.h"

#include <algorithm>

#include "base/error.h"
#include "base/framed_file.h"
#include "base/record_stream.h"
#include "base/text.h"
#include "corpus/build/settled_shard.h"
#include "corpus/corpus_files.h"
#include "corpus/stats.h"

namespace lucie {

namespace {

// A table at most half full.
constexpr std::uint64_t kBytesPerLine = 32;

Json find_lines(SettledShard& documents, const FilterSettings& filters, double share,
                const fs::path& path) {
  PageRange pages;
  KeySet lines;
  Candidate candidate;
  while (documents.next(&candidate)) {
    if (!candidate.kept()) continue;
    const Document& document = candidate.document;
    pages.add(document.page, filters.seed);
    if (!is_held_out(document.page, filters.seed, share)) continue;
    for_each_line(document.text, [&](std::uint64_t line) { lines.insert(line); });
  }
  std::vector<std::uint64_t> sorted;
  std::copy_if(lines.slots().begin(), lines.slots().end(), std::back_inserter(sorted),
               [](std::uint64_t line) { return line != 0; });
  std::sort(sorted.begin(), sorted.end());
  RecordWriter<std::uint64_t> writer(path);
  for (const std::uint64_t line : sorted) writer.write(line);
  writer.commit();
  Json result = Json::object();
  result["first"] = pages.first;
  result["last"] = pages.last;
  result["lines"] = writer.records();
  return result;
}

KeySet read_lines(const BuildContext& build, const char* pass, const char* suffix) {
  KeySet set;
  for (std::size_t shard = 0; shard < build.plan.shards.size(); ++shard) {
    RecordReader<std::uint64_t> reader(build.shard_file(pass, shard, suffix));
    while (const std::uint64_t* line = reader.next()) set.insert(*line);
    if (set.size() * kBytesPerLine <= build.memory) continue;
    fail(ErrorCode::kInvalidArgument,
         "the lines of the held-out text need more memory than " +
             human_bytes(static_cast<double>(build.memory)),
         "corpus.holdout", "hold out a smaller share, or give more --memory");
  }
  return set;
}

Json clean_shard(const BuildContext& build, std::size_t shard, const KeySet& known) {
  const FilterSettings& filters = build.settings.filters;
  CandidateReader held_out(build.shard_file("write", shard, ".held"));
  FramedReader before(build.shard_file("write", shard, ".verdicts"));
  FramedWriter verdicts(build.shard_file("holdout", shard, ".verdicts"));
  DocumentWriter parts(build.out_dir, "holdout", shard);
  CorpusStats stats;
  std::uint64_t number = 0;
  // Up to the next place that was left for a held-out document.
  const auto copy_verdicts = [&] {
    for (; number < before.records(); ++number) {
      const std::string line = before.line(number);
      if (line.empty()) return;
      verdicts.write(line + "\n");
    }
  };
  copy_verdicts();
  for (Candidate candidate; held_out.next(&candidate); copy_verdicts()) {
    Document& document = candidate.document;
    candidate.held_out = true;
    candidate.bytes_held_out = document.text.size();
    document.text =
        without_known_lines(document.text, is_code(document), known, &candidate.known_lines);
    candidate.changes.add("lines_known_from_training", candidate.known_lines.removed.units);
    if (candidate.known_lines.removed.units > 0) {
      drop_if_short(candidate, filters, "holdout", "too short without lines known from training");
    }
    if (candidate.kept()) {
      document.hash = text_hash(document.text);
      parts.write(document);
    }
    stats.add(candidate);
    verdicts.write(verdict_line(candidate));
    ++number;
  }
  check_account("holdout", held_out.size(), stats.documents());
  check_account("holdout", before.records(), verdicts.records());
  parts.commit();
  verdicts.commit();
  return stats.to_json();
}

}  // namespace

HeldOut run_lines_pass(const BuildContext& build, const Comparisons& comparisons,
                       const std::vector<std::uint64_t>& first_number) {
  const FilterSettings& filters = build.settings.filters;
  HeldOut held_out;
  if (filters.holdout_share <= 0) return held_out;
  // Of few pages another share must be taken than the recipe's, which only all of them tell: then
  // a second round collects the lines.
  held_out.share = filters.holdout_share;
  for (const char* round : {"lines", "lines-again"}) {
    const double share = held_out.share;
    const auto task = [&](std::size_t shard) {
      SettledShard documents(build, comparisons, first_number, shard);
      return find_lines(documents, filters, share, build.shard_file(round, shard, ".lines"));
    };
    const std::vector<Json> found = for_each_shard(build, round, "find held-out pages", task);
    PageRange pages;
    for (const Json& result : found) {
      pages.add({result.at("first").as_double(), result.at("last").as_double()});
    }
    held_out.share = holdout_share_of(pages, filters.holdout_share);
    if (held_out.share == 0) break;
    if (held_out.share != share) continue;
    held_out.lines = read_lines(build, round, ".lines");
    break;
  }
  return held_out;
}

std::vector<Json> run_holdout_pass(const BuildContext& build) {
  const KeySet known = read_lines(build, "write", ".known");
  return for_each_shard(build, "holdout", "clean held-out text",
                        [&](std::size_t shard) { return clean_shard(build, shard, known); });
}

}  // namespace lucie
