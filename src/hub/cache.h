// The cache on disk, in the layout of Hugging Face's Python client (huggingface_hub 2.4.0,
// file_download.py), so that neither loads what the other has:
//
//   CACHE/models--org--name/blobs/ETAG              the contents, once for each ETag
//                           blobs/ETAG.incomplete   what is loaded so far
//                           snapshots/COMMIT/FILE   a link to ../../blobs/ETAG
//                           refs/REVISION           the commit, 40 hex digits
//                           .no_exist/COMMIT/FILE   an empty file: the commit has no such file
//   CACHE/.locks/models--org--name/ETAG.lock        held while ETAG is loaded
#pragma once

#include <optional>
#include <string>

#include "base/file.h"
#include "hub/names.h"

namespace lucie::hub {

class RepoCache {
 public:
  // Nothing is created yet. `id` is "org/name".
  RepoCache(const fs::path& cache, const std::string& id);

  fs::path blob(const std::string& etag) const { return root_ / "blobs" / etag; }
  fs::path incomplete(const std::string& etag) const { return blob(etag + ".incomplete"); }
  fs::path lock(const std::string& etag) const;
  fs::path snapshot(const std::string& commit) const { return root_ / "snapshots" / commit; }
  fs::path file(const std::string& commit, const std::string& name) const {
    return snapshot(commit) / name;
  }

  // Of a commit itself, or of a branch or tag that was loaded before.
  std::optional<std::string> commit_of(const std::string& revision) const;
  // The snapshot of a revision, when there is one.
  std::optional<fs::path> snapshot_of(const std::string& revision) const;

  // Makes the folders for a blob, and marks the cache as one (CACHEDIR.TAG).
  void prepare() const;
  // Makes `name` of the snapshot a link to a blob.
  void link(const std::string& commit, const std::string& name, const std::string& etag) const;
  void remember_revision(const std::string& revision, const std::string& commit) const;
  void remember_absent(const std::string& commit, const std::string& name) const;

 private:
  fs::path cache_, root_;
  std::string folder_;
};

}  // namespace lucie::hub
