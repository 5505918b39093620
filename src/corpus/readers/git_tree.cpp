#include "corpus/readers/git_tree.h"

#include <fmt/chrono.h>
#include <git2.h>

#include <utility>

#include "base/error.h"

namespace lucie {

namespace {

constexpr int kMaxDepth = 100;
// One tree may stand for itself many times, so that a few bytes are more folders than there are
// atoms; the largest repositories have some 500,000 files.
constexpr std::size_t kMaxEntries = 4'000'000;

// Counted inside libgit2: as many ends as starts.
struct Library {
  Library() { git_libgit2_init(); }
  ~Library() { git_libgit2_shutdown(); }
};

template <typename Object, void (*Free)(Object*)>
struct Freer {
  void operator()(Object* object) const { Free(object); }
};
template <typename Object, void (*Free)(Object*)>
using Owned = std::unique_ptr<Object, Freer<Object, Free>>;
using Repository = Owned<git_repository, git_repository_free>;
using Tree = Owned<git_tree, git_tree_free>;

std::string last_message() {
  const git_error* error = git_error_last();
  return error == nullptr || error->message == nullptr ? "unknown error" : error->message;
}

std::string hex(const git_oid* oid) {
  char text[GIT_OID_HEXSZ + 1];
  return git_oid_tostr(text, sizeof text, oid);
}

// "https://name:secret@host/x.git" -> "https://host/x".
std::string public_url(std::string url) {
  const std::size_t scheme = url.find("://");
  const std::size_t start = scheme == std::string::npos ? 0 : scheme + 3;
  const std::size_t at = url.find('@', start);
  if (at != std::string::npos && at < url.find('/', start)) url.erase(start, at + 1 - start);
  if (url.ends_with(".git")) url.resize(url.size() - 4);
  return url;
}

std::string name_of(git_repository* repository, const fs::path& folder) {
  git_remote* remote = nullptr;
  if (git_remote_lookup(&remote, repository, "origin") == 0) {
    const Owned<git_remote, git_remote_free> owned(remote);
    const char* url = git_remote_url(remote);
    // A path of this machine says nothing elsewhere.
    if (url != nullptr && *url != '/' && *url != '.') return public_url(url);
  }
  const fs::path full = fs::absolute(folder).lexically_normal();
  return public_url((full.has_filename() ? full : full.parent_path()).filename().string());
}

}  // namespace

struct GitTree::Handles {
  Library library;
  Repository repository;
  Tree tree;
};

GitTree::GitTree(const fs::path& repository, const std::string& revision)
    : handles_(std::make_unique<Handles>()) {
  const std::string place = repository.string();
  git_repository* opened = nullptr;
  if (git_repository_open_ext(&opened, place.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr) !=
      0) {
    fail(ErrorCode::kNotFound, "cannot open a git repository: " + last_message(), place);
  }
  handles_->repository.reset(opened);
  git_object* object = nullptr;
  const std::string wanted = (revision.empty() ? "HEAD" : revision) + "^{commit}";
  if (git_revparse_single(&object, opened, wanted.c_str()) != 0) {
    fail(ErrorCode::kNotFound, "no revision '" + revision + "': " + last_message(), place,
         "name a commit, branch or tag of the repository in 'revision'");
  }
  const Owned<git_object, git_object_free> owned(object);
  const auto* commit = reinterpret_cast<const git_commit*>(object);
  git_tree* tree = nullptr;
  if (git_commit_tree(&tree, commit) != 0) {
    fail(ErrorCode::kCorrupt, "cannot read the tree of a commit: " + last_message(), place);
  }
  handles_->tree.reset(tree);
  commit_ = hex(git_object_id(object));
  date_ =
      fmt::format("{:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(git_commit_time(commit))));
  name_ = name_of(opened, repository);
}

GitTree::~GitTree() = default;
GitTree::GitTree(GitTree&&) noexcept = default;
GitTree& GitTree::operator=(GitTree&&) noexcept = default;

namespace {

using Report = std::function<void(const std::string&, const std::string&)>;

struct Walk {
  git_repository* repository;
  const Report& damaged;
  std::vector<GitFile> files;
  std::size_t entries = 0;

  void folder(const git_tree* tree, const std::string& prefix, int depth) {
    if (depth > kMaxDepth) return damaged(prefix, "folders of more than 100 levels");
    for (std::size_t i = 0; i < git_tree_entrycount(tree); ++i) {
      if (++entries > kMaxEntries) return;
      const git_tree_entry* entry = git_tree_entry_byindex(tree, i);
      const std::string path = prefix + git_tree_entry_name(entry);
      const git_filemode_t mode = git_tree_entry_filemode(entry);
      if (mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE) {
        files.push_back({path, hex(git_tree_entry_id(entry))});
      } else if (mode == GIT_FILEMODE_TREE) {
        git_tree* inner = nullptr;
        if (git_tree_lookup(&inner, repository, git_tree_entry_id(entry)) != 0) {
          damaged(path, "a folder that cannot be read");
          continue;
        }
        const Tree owned(inner);
        folder(inner, path + "/", depth + 1);
      }
    }
  }
};

}  // namespace

std::vector<GitFile> GitTree::files(const Report& damaged) const {
  Walk walk{handles_->repository.get(), damaged, {}};
  walk.folder(handles_->tree.get(), "", 0);
  if (walk.entries > kMaxEntries) damaged("", "more than 4 million files and folders");
  return std::move(walk.files);
}

std::string GitTree::contents(const GitFile& file, std::uint64_t limit) const {
  git_oid oid;
  git_blob* blob = nullptr;
  if (git_oid_fromstr(&oid, file.oid.c_str()) != 0 ||
      git_blob_lookup(&blob, handles_->repository.get(), &oid) != 0) {
    fail(ErrorCode::kCorrupt, "a file that cannot be read", name_ + "/" + file.path);
  }
  const Owned<git_blob, git_blob_free> owned(blob);
  const auto size = static_cast<std::uint64_t>(git_blob_rawsize(blob));
  if (size > limit) {
    fail(ErrorCode::kUnsupported, "source file of more than 1 MB", name_ + "/" + file.path);
  }
  return {static_cast<const char*>(git_blob_rawcontent(blob)), static_cast<std::size_t>(size)};
}

bool is_git_repository(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / ".git", error) || (fs::is_regular_file(folder / "HEAD", error) &&
                                                fs::is_directory(folder / "objects", error));
}

}  // namespace lucie
