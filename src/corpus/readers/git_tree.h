// The files of one commit of a git repository, with or without a working tree. The only place that
// includes libgit2. Nothing in the repository is run, and nothing outside of its folder is read.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"

namespace lucie {

struct GitFile {
  std::string path;  // in the repository, with "/"
  std::string oid;   // of the contents, 40 hex digits
};

class GitTree {
 public:
  // `revision`: a commit, branch or tag; empty is HEAD. Error{kNotFound} when the folder is no
  // repository or has no such revision; kCorrupt when the commit cannot be read.
  GitTree(const fs::path& repository, const std::string& revision);
  ~GitTree();
  GitTree(GitTree&&) noexcept;
  GitTree& operator=(GitTree&&) noexcept;

  const std::string& commit() const { return commit_; }  // 40 hex digits
  const std::string& date() const { return date_; }      // of the commit, YYYY-MM-DD
  // Where it was cloned from, without names and passwords, else the folder's name.
  const std::string& name() const { return name_; }

  // Files in the order of git's trees; links and submodules are none. A folder that cannot be read
  // is given to `damaged` with the reason.
  std::vector<GitFile> files(
      const std::function<void(const std::string& path, const std::string& why)>& damaged) const;
  // Error{kCorrupt} when it cannot be read, kUnsupported for more than `limit` bytes.
  std::string contents(const GitFile& file, std::uint64_t limit) const;

 private:
  struct Handles;
  std::unique_ptr<Handles> handles_;
  std::string commit_, date_, name_;
};

bool is_git_repository(const fs::path& folder);

}  // namespace lucie
