#include "corpus/build.h"

#include <utility>

#include "base/error.h"
#include "base/framed_file.h"
#include "base/text.h"
#include "corpus/build/read_pass.h"
#include "corpus/build/write_pass.h"
#include "corpus/unshareable.h"

namespace lucie {

namespace {

constexpr const char* kUsers = "users.lock";  // shared by the processes that work in the folder

fs::path work_dir(const fs::path& out_dir) {
  return out_dir / "work";
}

CorpusReport report_of(const Json& stats) {
  CorpusReport report;
  report.stats = CorpusStats::from_json(stats);
  report.documents_read = report.stats.documents();
  report.bytes_read = count_in(stats, "bytes_read");
  return report;
}

// What `action` returns; nothing when another process removes the work folder meanwhile.
template <typename Action>
std::unique_ptr<FileLock> unless_removed(const Action& action) {
  try {
    return action();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kNotFound) return nullptr;
    throw;
  }
}

// Removes what only a build in progress needs, unless another process still is in it: then that
// one will.
void clean_up(const fs::path& out_dir) {
  const fs::path work = work_dir(out_dir);
  if (!fs::exists(work)) return;
  const auto alone = unless_removed([&] { return FileLock::try_take(work / kUsers); });
  if (!alone) return;
  remove_abandoned(out_dir);
  fs::remove_all(work);
}

bool is_finished(const fs::path& out_dir, const BuildPlan& plan) {
  const fs::path stats = out_dir / "stats.json";
  if (!fs::exists(stats)) return false;
  if (read_json(stats).get("build", "") == plan.identity) return true;
  fail(
      ErrorCode::kInvalidArgument, "there is another corpus", out_dir.string(),
      "the recipe or its sources have changed since it was built: choose another folder, or remove "
      "this one");
}

void check_empty(const fs::path& out_dir) {
  for (const char* side : {"train", "holdout"}) {
    if (!fs::exists(out_dir / side)) continue;
    fail(ErrorCode::kInvalidArgument, "the folder is not empty", (out_dir / side).string(),
         "choose another; nothing is overwritten");
  }
}

// What a build of other settings, or of files as they were before, left there.
void start_over(const fs::path& out_dir) {
  const fs::path work = work_dir(out_dir);
  const auto alone = FileLock::try_take(work / kUsers);
  if (!alone) {
    fail(ErrorCode::kMismatch, "another process builds another corpus there", out_dir.string(),
         "choose another folder, or wait");
  }
  log_warning("recipe or sources have changed since this build began: it starts over");
  for (const char* side : {"train", "holdout"}) fs::remove_all(out_dir / side);
  fs::remove_all(work);
}

// Shares the work folder with others that build the same; nothing once the corpus is finished.
std::unique_ptr<FileLock> enter(const fs::path& out_dir, const BuildPlan& plan) {
  const WorkFolder work(work_dir(out_dir));
  while (!is_finished(out_dir, plan)) {
    if (!fs::exists(work.path())) check_empty(out_dir);
    fs::create_directories(work.path());
    auto user = unless_removed([&] { return FileLock::share(work / kUsers); });
    if (!user || is_finished(out_dir, plan)) continue;
    const Json build = work.run_one("build", [&plan] {
      Json identity = Json::object();
      identity["identity"] = plan.work_identity;
      return identity;
    });
    if (build.at("identity").as_string() == plan.work_identity) return user;
    user.reset();
    start_over(out_dir);
  }
  return nullptr;
}

void make_folders(const fs::path& out_dir) {
  for (const char* side : {"train", "holdout"}) {
    const fs::path folder = out_dir / side / "documents";
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) fail(ErrorCode::kIo, "cannot make the folder: " + error.message(), folder.string());
  }
}

void write_verdicts(const BuildContext& build, const char* pass) {
  FramedWriter verdicts(build.out_dir / "verdicts.jsonl.zst");
  for (std::size_t shard = 0; shard < build.plan.shards.size(); ++shard) {
    verdicts.append(FramedReader(build.shard_file(pass, shard, ".verdicts")));
  }
  verdicts.commit();
}

// The first number of each shard's documents among all, and behind the last their count.
std::vector<std::uint64_t> number_documents(const std::vector<Json>& read) {
  std::vector<std::uint64_t> first{0};
  for (const Json& result : read) first.push_back(first.back() + count_in(result, "documents"));
  return first;
}

void log_kept(const CorpusStats& stats) {
  log_info("kept " + human_count(static_cast<double>(stats.train.total.documents)) +
           " documents to train on and " +
           human_count(static_cast<double>(stats.holdout.total.documents)) +
           " held out, of which lines known from training were " +
           std::to_string(static_cast<int>(100 * stats.leak.share() + 0.5)) +
           " % of the bytes and were taken out");
}

// stats.json, by which the corpus is known to be whole.
void write_stats(const BuildContext& build, const CorpusStats& stats, std::uint64_t bytes_read) {
  if (stats.train.total.documents == 0) {
    fail(ErrorCode::kInvalidArgument, "no training text is left of the sources", "sources",
         "fetch the data (scripts/get-corpus.sh), and see verdicts for what was dropped");
  }
  Json json = stats.to_json();
  if (!build.settings.description.empty()) json["description"] = build.settings.description;
  json["bytes_read"] = bytes_read;
  json["build"] = build.plan.identity;
  write_json(build.out_dir / "stats.json", json);
}

// Which evaluation texts were found in which documents (docs/formats/documents.md).
void write_decontamination(const BuildContext& build, const std::vector<Json>& read) {
  std::vector<Json> found;
  for (const Json& result : read) {
    const Json::Array& records = result.at("contaminated").items();
    found.insert(found.end(), records.begin(), records.end());
  }
  write_json(build.out_dir / "decontamination.json", build.evaluation->report(found));
}

void run_passes(const BuildContext& build) {
  const std::vector<Json> read = run_read_pass(build);
  const std::vector<std::uint64_t> first_number = number_documents(read);
  const std::uint64_t bytes_read = sum_of(read, "bytes_read");
  log_info("read " + human_count(static_cast<double>(first_number.back())) + " documents, " +
           human_bytes(static_cast<double>(bytes_read)));
  const Comparisons comparisons = run_compare_pass(build, read);
  CorpusStats stats;
  bool holds_out = false;
  {
    const HeldOut held_out = run_lines_pass(build, comparisons, first_number);
    const std::vector<Json> written = run_write_pass(build, comparisons, first_number, held_out);
    check_account("write", first_number.back(), sum_of(written, "documents"));
    for (const Json& result : written) stats.add(CorpusStats::from_json(result.at("stats")));
    holds_out = held_out.share > 0;
  }
  if (holds_out) {
    for (const Json& result : run_holdout_pass(build)) stats.add(CorpusStats::from_json(result));
  }
  check_account("all", first_number.back(), stats.documents());
  build.work.run_one("finish", [&] {
    write_verdicts(build, holds_out ? "holdout" : "write");
    write_clusters(build, comparisons, first_number, build.out_dir / "clusters.jsonl.zst");
    if (build.evaluation != nullptr) write_decontamination(build, read);
    write_registry(build.out_dir, build.settings.registry);
    write_stats(build, stats, bytes_read);
    return Json::object();
  });
  log_kept(stats);
}

}  // namespace

CorpusReport build_corpus(const CorpusSettings& settings, const fs::path& data_dir,
                          const fs::path& out_dir, ThreadPool& pool) {
  BuildPlan plan = plan_build(settings, data_dir);
  if (const auto user = enter(out_dir, plan)) {
    make_folders(out_dir);
    mark_unshareable(out_dir, settings.registry.closed_to(Use::kShown));
    std::optional<EvaluationIndex> evaluation;
    if (settings.decontaminate) evaluation.emplace(*settings.decontaminate, data_dir);
    run_passes({settings, data_dir, out_dir, plan, WorkFolder(work_dir(out_dir)), settings.memory,
                pool, evaluation ? &*evaluation : nullptr});
  }
  clean_up(out_dir);
  return report_of(read_json(out_dir / "stats.json"));
}

}  // namespace lucie
