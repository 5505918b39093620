// What the passes of a build share: where things are, and what the passes leave for one another.
//
//   WORK/build.json                       which build this is
//   WORK/read/SHARD.candidates            every document read, as the steps left it
//   WORK/read/SHARD.documents .paragraphs .bands   features of those kept (features.h)
//   WORK/compare/STEP.drops .cuts         decisions (features.h)
//   WORK/lines/SHARD.lines                of the held-out documents
//   WORK/write/SHARD.held .known .verdicts
//   WORK/holdout/SHARD.verdicts
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "base/log.h"
#include "corpus/build.h"
#include "corpus/build/plan.h"
#include "corpus/build/work_folder.h"

namespace lucie {

class EvaluationIndex;

struct BuildContext {
  const CorpusSettings& settings;
  fs::path data_dir, out_dir;
  BuildPlan plan;
  WorkFolder work;
  std::uint64_t memory;
  ThreadPool& pool;
  const EvaluationIndex* evaluation = nullptr;  // what is kept out; nullptr for nothing

  fs::path shard_file(const char* pass, std::size_t shard, const char* suffix) const {
    return work / (std::string(pass) + "/" + shard_name(shard) + suffix);
  }
};

// Runs `task` for every shard on all threads and processes, with progress in bytes read.
std::vector<Json> for_each_shard(const BuildContext& build, const char* pass, const char* label,
                                 const WorkFolder::Task& task);

// Throws when documents were lost between two places that must agree.
void check_account(const char* pass, std::uint64_t in, std::uint64_t out);

std::uint64_t count_in(const Json& result, const char* key);
std::uint64_t sum_of(const std::vector<Json>& results, const char* key);

}  // namespace lucie
