#include "hub/cache.h"

#include <cerrno>
#include <system_error>

#include "base/error.h"
#include "base/text.h"

namespace lucie::hub {
namespace {

// bford.info/cachedir: backup programs pass over folders with this file.
constexpr std::string_view kCacheTag =
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# Models loaded from a hub, by lucie or by huggingface_hub.\n";

std::string folder_of(const std::string& id) {
  const std::size_t slash = id.find('/');
  return "models--" + id.substr(0, slash) + "--" + id.substr(slash + 1);
}

void create_folders(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) {
    fail(ErrorCode::kIo, "cannot create folder: " + error.message(), path.string(),
         "check who may write there, or name another cache (--cache-dir, HF_HUB_CACHE)");
  }
}

}  // namespace

RepoCache::RepoCache(const fs::path& cache, const std::string& id)
    : cache_(cache), root_(cache / folder_of(id)), folder_(folder_of(id)) {}

fs::path RepoCache::lock(const std::string& etag) const {
  return cache_ / ".locks" / folder_ / (etag + ".lock");
}

std::optional<std::string> RepoCache::commit_of(const std::string& revision) const {
  if (is_commit(revision)) return revision;
  const fs::path ref = root_ / "refs" / revision;
  if (!fs::is_regular_file(ref)) return std::nullopt;
  const std::string commit(trim(read_file(ref)));
  return is_commit(commit) ? std::optional<std::string>(commit) : std::nullopt;
}

std::optional<fs::path> RepoCache::snapshot_of(const std::string& revision) const {
  const std::optional<std::string> commit = commit_of(revision);
  if (!commit || !fs::is_directory(snapshot(*commit))) return std::nullopt;
  return snapshot(*commit);
}

void RepoCache::prepare() const {
  create_folders(root_ / "blobs");
  create_folders(cache_ / ".locks" / folder_);
  if (!fs::exists(cache_ / "CACHEDIR.TAG")) write_file_atomic(cache_ / "CACHEDIR.TAG", kCacheTag);
}

void RepoCache::link(const std::string& commit, const std::string& name,
                     const std::string& etag) const {
  const fs::path link = file(commit, name);
  create_folders(link.parent_path());
  replace_symlink(blob(etag).lexically_relative(link.parent_path()), link);
}

void RepoCache::remember_revision(const std::string& revision, const std::string& commit) const {
  if (revision == commit || commit_of(revision) == commit) return;
  const fs::path ref = root_ / "refs" / revision;
  create_folders(ref.parent_path());
  write_file_atomic(ref, commit);
}

void RepoCache::remember_absent(const std::string& commit, const std::string& name) const {
  const fs::path mark = root_ / ".no_exist" / commit / name;
  create_folders(mark.parent_path());
  write_file_atomic(mark, "");
}

}  // namespace lucie::hub
