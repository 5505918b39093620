#include "hub/store.h"

#include <sys/stat.h>

#include <chrono>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

namespace lucie::hub {
namespace {

void create_parent(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) {
    fail(ErrorCode::kIo, "cannot create folder: " + error.message(), path.parent_path().string());
  }
}

class CacheStore final : public Store {
 public:
  CacheStore(const RepoCache& cache, std::string commit)
      : cache_(cache), commit_(std::move(commit)) {}

  fs::path root() const override { return cache_.snapshot(commit_); }
  bool has(const std::string& name) const override {
    return fs::exists(cache_.file(commit_, name));
  }
  bool obtain(const RemoteFile& file) const override { return fs::exists(cache_.blob(file.etag)); }
  Place place(const RemoteFile& file) const override {
    cache_.prepare();
    return {cache_.lock(file.etag), cache_.incomplete(file.etag), cache_.blob(file.etag)};
  }
  void finish(const RemoteFile& file) const override {
    if (!has(file.name)) cache_.link(commit_, file.name, file.etag);
  }

 private:
  const RepoCache& cache_;
  std::string commit_;
};

struct Note {
  std::string commit, etag;
};

double seconds_since_1970(std::chrono::system_clock::time_point time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

class FolderStore final : public Store {
 public:
  FolderStore(fs::path folder, const RepoCache& cache, std::string commit)
      : folder_(std::move(folder)), cache_(cache), commit_(std::move(commit)) {}

  fs::path root() const override { return folder_; }
  bool has(const std::string& name) const override { return read_note(name).commit == commit_; }
  bool obtain(const RemoteFile& file) const override {
    const fs::path path = folder_ / file.name;
    if (read_note(file.name).etag == file.etag) return true;
    if (fs::is_regular_file(path) && etag_of(path, file.etag) == file.etag) return true;
    const fs::path cached = cache_.blob(file.etag);
    if (!fs::is_regular_file(cached)) return false;
    create_parent(path);
    AtomicFile copy(path);
    copy.write(MappedFile(cached).bytes());
    copy.commit();
    return true;
  }
  Place place(const RemoteFile& file) const override {
    const fs::path note = note_path(file.name);
    create_parent(note);
    create_parent(folder_ / file.name);
    fs::path lock = note;
    lock.replace_extension(".lock");
    // By its hash: the name with an ETag behind could be too long.
    const std::string short_name = sha256_hex(note.filename().string()).substr(0, 28);
    return {lock, note.parent_path() / (short_name + "." + file.etag + ".incomplete"),
            folder_ / file.name};
  }
  void finish(const RemoteFile& file) const override {
    const fs::path note = note_path(file.name);
    create_parent(note);
    const double now = seconds_since_1970(std::chrono::system_clock::now());
    write_file_atomic(note, commit_ + "\n" + file.etag + "\n" + std::to_string(now) + "\n");
  }

 private:
  fs::path note_path(const std::string& name) const {
    return folder_ / ".cache/huggingface/download" / (name + ".metadata");
  }
  // Empty when there is none, or the file was changed since.
  Note read_note(const std::string& name) const {
    const fs::path note = note_path(name), path = folder_ / name;
    struct stat info {};
    if (!fs::is_regular_file(note) || ::stat(path.c_str(), &info) != 0) return {};
    const std::vector<std::string> lines = split(read_file(note), '\n');
    const auto noted = lines.size() < 3 ? std::nullopt : parse_double(lines[2]);
    // One second of doubt, as in the Python client: not every file system keeps fractions.
    if (!noted || static_cast<double>(info.st_mtime) - 1 > *noted) return {};
    return {lines[0], lines[1]};
  }

  fs::path folder_;
  const RepoCache& cache_;
  std::string commit_;
};

}  // namespace

std::unique_ptr<Store> cache_store(const RepoCache& cache, const std::string& commit) {
  return std::make_unique<CacheStore>(cache, commit);
}

std::unique_ptr<Store> folder_store(const fs::path& folder, const RepoCache& cache,
                                    const std::string& commit) {
  return std::make_unique<FolderStore>(folder, cache, commit);
}

}  // namespace lucie::hub
