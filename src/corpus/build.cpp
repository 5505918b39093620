#include "corpus/build.h"

#include <map>
#include <mutex>
#include <utility>

#include "base/cancel.h"
#include "base/error.h"
#include "base/log.h"
#include "base/stream.h"
#include "base/text.h"
#include "base/thread_pool.h"
#include "corpus/corpus_files.h"

namespace lucie {

namespace {

bool licence_is_known(const Document& document) {
  return !document.licence.empty() && document.licence != "NOASSERTION";
}

// All sources at once, each by one thread; their documents stand in the order of the recipe.
std::vector<Candidate> read_sources(const CorpusSettings& settings, const fs::path& data_dir,
                                    ThreadPool& pool) {
  std::vector<std::vector<Candidate>> by_source(settings.sources.size());
  Progress progress("read sources", by_source.size(), "source");
  std::mutex progress_mutex;
  pool.run(static_cast<std::int64_t>(by_source.size()), [&](std::int64_t i, int) {
    check_cancelled();
    std::vector<Candidate>& candidates = by_source[static_cast<std::size_t>(i)];
    const SourceSpec& spec = settings.sources[static_cast<std::size_t>(i)];
    const Source* source = settings.registry.find(spec.id);
    const auto take = [&](Document&& document) {
      Candidate candidate;
      candidate.bytes_read = document.text.size();
      candidate.document = std::move(document);
      if (!licence_is_known(candidate.document) && !source->accept_unknown_licence) {
        candidate.drop("licence", "licence unknown");
      }
      candidates.push_back(std::move(candidate));
    };
    const auto skip = [&](const SkippedFile& file) {
      if (file.damaged && settings.stop_on_damage) {
        fail(ErrorCode::kCorrupt, "source '" + file.source + "' is damaged: " + file.reason,
             file.url, "get the file again, or go on without: corpus: {on_damage: continue}");
      }
      Candidate candidate;
      candidate.failed = file.damaged;
      candidate.document.source = file.source;
      candidate.document.url = file.url;
      candidate.drop("read", file.reason);
      candidates.push_back(std::move(candidate));
    };
    read_source(spec, data_dir, take, skip);
    const std::lock_guard lock(progress_mutex);
    progress.add(1);
  });
  std::vector<Candidate> all;
  for (std::vector<Candidate>& candidates : by_source) {
    for (Candidate& candidate : candidates) all.push_back(std::move(candidate));
  }
  return all;
}

std::string verdict_line(const Candidate& candidate) {
  Json line = Json::object();
  line["id"] = candidate.document.id;
  line["url"] = candidate.document.url;
  line["source"] = candidate.document.source;
  line["language"] = candidate.document.language;
  line["licence"] = candidate.document.licence;
  line["decision"] = candidate.kept() ? "kept" : candidate.failed ? "failed" : "dropped";
  line["side"] = candidate.held_out ? "holdout" : "train";
  if (!candidate.kept()) {
    line["step"] = candidate.dropped_by;
    line["reason"] = candidate.reason;
  }
  line["bytes_read"] = candidate.bytes_read;
  const std::pair<const char*, std::uint64_t> changes[] = {
      {"invalid_bytes", candidate.invalid_bytes},
      {"control_characters", candidate.controls},
      {"repeated_paragraphs", candidate.paragraphs.units},
      {"lines_known_from_training", candidate.known_lines.removed.units}};
  for (const auto& [name, count] : changes) {
    if (count > 0) line[name] = count;
  }
  return line.dump() + "\n";
}

void write_verdicts(const std::vector<Candidate>& candidates, const fs::path& out_dir) {
  TextWriter writer(out_dir / "verdicts.jsonl.zst");
  for (const Candidate& candidate : candidates) writer.write(verdict_line(candidate));
  writer.commit();
}

// Each side and language is a file of its own, so they are compressed side by side.
void write_documents(const std::vector<Candidate>& candidates, const fs::path& out_dir,
                     ThreadPool& pool) {
  std::map<std::pair<std::string, std::string>, std::vector<const Document*>> parts;
  for (const Candidate& candidate : candidates) {
    if (!candidate.kept()) continue;
    const Document& document = candidate.document;
    parts[{candidate.held_out ? "holdout" : "train", document.language}].push_back(&document);
  }
  const std::vector<std::pair<std::pair<std::string, std::string>, std::vector<const Document*>>>
      jobs(parts.begin(), parts.end());
  Progress progress("write the corpus", candidates.size(), "doc");
  pool.run(static_cast<std::int64_t>(jobs.size()), [&](std::int64_t i, int) {
    const auto& [key, documents] = jobs[static_cast<std::size_t>(i)];
    DocumentWriter writer(out_dir, key.first, key.second);
    for (const Document* document : documents) writer.write(*document);
    writer.commit();
  });
  progress.add(candidates.size());
}

void make_folders(const fs::path& out_dir) {
  for (const char* side : {"train", "holdout"}) {
    const fs::path folder = out_dir / side / "documents";
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) fail(ErrorCode::kIo, "cannot make the folder: " + error.message(), folder.string());
  }
}

}  // namespace

CorpusReport build_corpus(const CorpusSettings& settings, const fs::path& data_dir,
                          const fs::path& out_dir, ThreadPool& pool) {
  CorpusReport report;
  std::vector<Candidate> candidates = read_sources(settings, data_dir, pool);
  for (const Candidate& candidate : candidates) report.bytes_read += candidate.bytes_read;
  report.documents_read = candidates.size();
  log_info("read " + human_count(static_cast<double>(report.documents_read)) + " documents, " +
           human_bytes(static_cast<double>(report.bytes_read)));
  check_cancelled();
  filter_documents(candidates, settings.filters, pool);
  for (const Candidate& candidate : candidates) report.stats.add(candidate);
  if (report.stats.train.total.documents == 0) {
    fail(ErrorCode::kInvalidArgument, "no training text is left of the sources", "sources",
         "fetch the data (scripts/get-corpus.sh), and see verdicts for what was dropped");
  }
  check_cancelled();
  make_folders(out_dir);
  write_documents(candidates, out_dir, pool);
  write_verdicts(candidates, out_dir);
  write_json(out_dir / "stats.json", report.stats.to_json());
  log_info("kept " + human_count(static_cast<double>(report.stats.train.total.documents)) +
           " documents to train on and " +
           human_count(static_cast<double>(report.stats.holdout.total.documents)) +
           " held out, of which lines known from training were " +
           std::to_string(static_cast<int>(100 * report.stats.leak.share() + 0.5)) +
           " % of the bytes and were taken out");
  return report;
}

}  // namespace lucie
