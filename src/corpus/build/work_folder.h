// Tasks that any number of processes share. A task has a name; it is claimed with a lock, which the
// system releases when its process ends, and what it returns stands in FOLDER/NAME.done once all it
// wrote is there. Whoever comes later, or again after a kill, does what is not done. So a task must
// write the same whenever and wherever it runs, and each file whole (base/file.h).
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/partial_file.h"
#include "base/thread_pool.h"

namespace lucie {

class WorkFolder {
 public:
  using Task = std::function<Json(std::size_t index)>;
  using Done = std::function<void(std::size_t index)>;  // a task is done, by whomever

  explicit WorkFolder(fs::path path) : path_(std::move(path)) {}
  const fs::path& path() const { return path_; }
  fs::path operator/(const std::string& name) const { return path_ / name; }

  // Returns when all are done, by this process or others: their results in order. With a pool its
  // threads take tasks; without one they run on this thread, and may use a pool themselves.
  std::vector<Json> run(std::span<const std::string> names, ThreadPool* pool, const Task& task,
                        const Done& done = {}) const;
  Json run_one(const std::string& name, const std::function<Json()>& task) const;

 private:
  bool try_task(const std::string& name, std::size_t index, const Task& task) const;
  fs::path path_;
};

}  // namespace lucie
