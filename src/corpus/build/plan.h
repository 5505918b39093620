// How the sources are cut into shards: pieces that are read, filtered and written alone. A function
// of the recipe and of the files that are there, never of threads or processes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "corpus/build.h"

namespace lucie {

struct Shard {
  std::size_t source = 0;                      // of the settings
  std::uint64_t first_file = 0, end_file = 0;  // of the files that the source reads
  std::uint64_t bytes = 0;                     // of those
};

struct BuildPlan {
  std::vector<Shard> shards;  // in the order of the recipe
  std::string identity;       // SHA-256 of the recipe's part, and of names and sizes of the files
  std::string work_identity;  // and of the dates of the files
};

// A source that is not there is the reader's Error.
BuildPlan plan_build(const CorpusSettings& settings, const fs::path& data_dir);

// The documents of a shard, as the reader gives them.
void read_shard(const CorpusSettings& settings, const Shard& shard, const fs::path& data_dir,
                const DocumentSink& sink, const SkipSink& skipped);

// Documents of the whole build are numbered by shard and place in it.
constexpr std::uint64_t ordinal_of(std::uint64_t shard, std::uint64_t index) {
  return shard << 32 | index;
}
constexpr std::uint64_t shard_of(std::uint64_t ordinal) {
  return ordinal >> 32;
}
constexpr std::uint64_t index_of(std::uint64_t ordinal) {
  return ordinal & 0xFFFFFFFF;
}
inline constexpr std::size_t kMaxShards = std::size_t{1} << 24;  // 8 bits stay free for a rank

std::string shard_name(std::size_t shard);  // "00007"

}  // namespace lucie
