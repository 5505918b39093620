#include "corpus/build/context.h"

#include "base/error.h"

namespace lucie {

std::vector<Json> for_each_shard(const BuildContext& build, const char* pass, const char* label,
                                 const WorkFolder::Task& task) {
  const std::vector<Shard>& shards = build.plan.shards;
  std::vector<std::string> names;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    names.push_back(std::string(pass) + "/" + shard_name(i));
    bytes += shards[i].bytes;
  }
  Progress progress(label, bytes, "B");
  return build.work.run(names, &build.pool, task,
                        [&](std::size_t i) { progress.add(shards[i].bytes); });
}

void check_account(const char* pass, std::uint64_t in, std::uint64_t out) {
  if (in == out) return;
  fail(ErrorCode::kInternal,
       "documents went missing: " + std::to_string(in) + " in, " + std::to_string(out) + " out",
       std::string("corpus build, pass ") + pass,
       "remove the folder of the build and start it again; if it stays, report it");
}

std::uint64_t count_in(const Json& result, const char* key) {
  return static_cast<std::uint64_t>(result.at(key).as_int());
}

std::uint64_t sum_of(const std::vector<Json>& results, const char* key) {
  std::uint64_t sum = 0;
  for (const Json& result : results) sum += count_in(result, key);
  return sum;
}

}  // namespace lucie
