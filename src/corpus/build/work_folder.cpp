#include "corpus/build/work_folder.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <utility>

#include "base/cancel.h"

namespace lucie {

namespace {

// How long others' tasks are left alone before looking again; their locks cannot be waited for
// together.
constexpr std::chrono::milliseconds kPatience{50};

fs::path done_path(const fs::path& folder, const std::string& name) {
  return folder / (name + ".done");
}

}  // namespace

bool WorkFolder::try_task(const std::string& name, std::size_t index, const Task& task) const {
  const auto lock = FileLock::try_take(path_ / (name + ".lock"));
  if (!lock) return false;
  const fs::path done = done_path(path_, name);
  if (!fs::exists(done)) write_json(done, task(index));
  return true;
}

std::vector<Json> WorkFolder::run(std::span<const std::string> names, ThreadPool* pool,
                                  const Task& task, const Done& done) const {
  for (const std::string& name : names) fs::create_directories((path_ / name).parent_path());
  std::vector<bool> told(names.size());
  std::mutex mutex;
  const auto tell = [&](std::size_t index) {
    const std::lock_guard lock(mutex);
    if (!told[index] && done) done(index);
    told[index] = true;
  };
  for (;;) {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (fs::exists(done_path(path_, names[i]))) {
        tell(i);
      } else {
        open.push_back(i);
      }
    }
    if (open.empty()) break;
    std::atomic<bool> claimed = false, failed = false;
    const auto attempt = [&](std::int64_t i, int) {
      if (failed) return;
      try {
        check_cancelled();
        const std::size_t index = open[static_cast<std::size_t>(i)];
        if (!try_task(names[index], index, task)) return;
        claimed = true;
        tell(index);
      } catch (...) {
        failed = true;
        throw;
      }
    };
    if (pool != nullptr) {
      pool->run(static_cast<std::int64_t>(open.size()), attempt);
    } else {
      for (std::size_t i = 0; i < open.size(); ++i) attempt(static_cast<std::int64_t>(i), 0);
    }
    if (!claimed) std::this_thread::sleep_for(kPatience);
  }
  std::vector<Json> results;
  results.reserve(names.size());
  for (const std::string& name : names) results.push_back(read_json(done_path(path_, name)));
  return results;
}

Json WorkFolder::run_one(const std::string& name, const std::function<Json()>& task) const {
  const std::vector<Json> results =
      run(std::span(&name, 1), nullptr, [&task](std::size_t) { return task(); });
  return results.front();
}

}  // namespace lucie
