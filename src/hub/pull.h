// Loading a repository, or some of its files, into the cache or a folder.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "hub/cache.h"
#include "hub/connection.h"

namespace lucie::hub {

struct PullOptions {
  // Patterns of file names (fnmatch: '*' matches '/' too; "x/" means "x/*"). Without `include`,
  // all.
  std::vector<std::string> include = {}, exclude = {};
  // Chooses further among the names that are left, when set.
  std::function<std::vector<std::string>(const std::vector<std::string>&)> choose = {};
  fs::path folder = {};  // plain files there instead of the cache
  int parallel = 4;      // files at a time
};

struct PullResult {
  fs::path path = {};       // the snapshot or the folder
  std::string commit = {};  // 40 hex digits
  std::vector<std::string> files = {};
  std::size_t loaded_files = 0;
  std::uint64_t loaded_bytes = 0;  // that went over the network
};

// Files that are there already are not loaded, half loaded ones are continued. When it throws, what
// came so far is kept for the next time. Error as in hub/connection.h and hub/remote_file.h; kIo
// too when the disk has no room; kNotFound when no file is left to load. Offline the result is the
// snapshot in the cache, whole or not, else kNotFound.
PullResult pull(Connection& hub, const RepoName& repo, const PullOptions& options);

}  // namespace lucie::hub
