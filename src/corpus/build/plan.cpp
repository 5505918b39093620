#include "corpus/build/plan.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <utility>

#include "base/cancel.h"
#include "base/error.h"
#include "base/hash.h"

namespace lucie {

namespace {

// Of files as they lie there, compressed or not. Small enough that a kill costs little and that
// every thread has work, large enough that the folder of a build stays small.
constexpr std::uint64_t kShardBytes = 32 << 20;

struct InputFile {
  std::string name;
  std::uint64_t bytes = 0;
  std::string changed;  // date
};

InputFile look_at(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {path.string(), 0, ""};
  return {path.string(), static_cast<std::uint64_t>(status.st_size),
          fmt::format("{}.{:09}", status.st_mtim.tv_sec, status.st_mtim.tv_nsec)};
}

// The part of a file's name that is the same wherever the data lies.
std::string_view name_in(const std::string& name, const std::string& root) {
  return std::string_view(name).substr(name.starts_with(root) ? root.size() : 0);
}

std::vector<InputFile> list_inputs(SourceSpec spec, const fs::path& data_dir) {
  std::vector<InputFile> files;
  spec.wants = [&files](const fs::path& path) {
    files.push_back(look_at(path));
    return false;
  };
  read_source(
      spec, data_dir, [](Document&&) {}, [](const SkippedFile&) {});
  return files;
}

void cut(const std::vector<InputFile>& files, std::size_t source, std::vector<Shard>* shards) {
  shards->push_back({source, 0, 0, 0});  // of a source without files too: it may report why
  for (const InputFile& file : files) {
    if (shards->back().bytes > 0 && shards->back().bytes + file.bytes > kShardBytes) {
      const std::uint64_t next = shards->back().end_file;
      shards->push_back({source, next, next, 0});
    }
    ++shards->back().end_file;
    shards->back().bytes += file.bytes;
  }
}

}  // namespace

BuildPlan plan_build(const CorpusSettings& settings, const fs::path& data_dir) {
  BuildPlan plan;
  Sha256 identity, work;
  identity.add(settings.recipe.dump());
  const std::string root = data_dir.string();
  const auto identify = [&](const InputFile& file) {
    identity.add(name_in(file.name, root)).add("\n" + std::to_string(file.bytes) + "\n");
    work.add(file.changed + "\n");
  };
  for (std::size_t i = 0; i < settings.sources.size(); ++i) {
    check_cancelled();
    const std::vector<InputFile> files = list_inputs(settings.sources[i], data_dir);
    for (const InputFile& file : files) identify(file);
    cut(files, i, &plan.shards);
  }
  if (settings.decontaminate) {
    for (const EvaluationSet& set : settings.decontaminate->sets) {
      identity.add(sha256_file(data_dir / set.path));  // small, and edited in place
    }
  }
  if (plan.shards.size() > kMaxShards) {
    fail(ErrorCode::kUnsupported, "more than 2^24 shards of 32 MiB", "sources",
         "build the corpus in parts");
  }
  plan.identity = identity.hex();
  plan.work_identity = work.add(plan.identity).hex();
  return plan;
}

void read_shard(const CorpusSettings& settings, const Shard& shard, const fs::path& data_dir,
                const DocumentSink& sink, const SkipSink& skipped) {
  SourceSpec spec = settings.sources[shard.source];
  std::uint64_t file = 0;
  spec.wants = [&](const fs::path&) {
    check_cancelled();
    const std::uint64_t number = file++;
    return number >= shard.first_file && number < shard.end_file;
  };
  read_source(spec, data_dir, sink, skipped);
}

std::string shard_name(std::size_t shard) {
  return fmt::format("{:05}", shard);
}

}  // namespace lucie
