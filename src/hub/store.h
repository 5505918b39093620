// Where the files of a pull go: into the cache, or into a folder of the user's.
#pragma once

#include <memory>
#include <string>

#include "hub/cache.h"
#include "hub/remote_file.h"

namespace lucie::hub {

class Store {
 public:
  struct Place {
    fs::path lock, partial, final;
  };

  virtual ~Store() = default;
  // The folder that holds the files in the end.
  virtual fs::path root() const = 0;
  // True when `name` of this commit is there, so that the hub need not be asked.
  virtual bool has(const std::string& name) const = 0;
  // True when the contents are there, or can be had without the hub; then they are there.
  virtual bool obtain(const RemoteFile& file) const = 0;
  // Where to load the contents; the folders exist.
  virtual Place place(const RemoteFile& file) const = 0;
  // The contents are there: gives them the file's name. Called for all files of a pull at its end,
  // so that a snapshot never looks whole before it is.
  virtual void finish(const RemoteFile& file) const = 0;
};

std::unique_ptr<Store> cache_store(const RepoCache& cache, const std::string& commit);
// Plain files. What was loaded from which commit is noted as the Python client does it, in
// FOLDER/.cache/huggingface/download/FILE.metadata: commit, ETag, seconds since 1970. Files that
// the cache holds are copied from there.
std::unique_ptr<Store> folder_store(const fs::path& folder, const RepoCache& cache,
                                    const std::string& commit);

}  // namespace lucie::hub
