#include "hub/pull.h"

#include <fnmatch.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <system_error>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "hub/store.h"

namespace lucie::hub {
namespace {

constexpr std::uint64_t kLargestListing = std::uint64_t{64} << 20;  // bytes of JSON

struct Listing {
  std::string commit;
  std::vector<std::string> files;
};

Listing list_files(Connection& hub, const RepoName& repo) {
  const HttpRequest request{
      .url = hub.url("/api/models/" + repo.id + "/revision/" + percent_encode(repo.revision)),
      .largest_body = kLargestListing};
  const Json info = hub.ask(request, {repo, ""});
  return read_answer(request.url, [&] {
    Listing listing{.commit = info.at("sha").as_string(), .files = {}};
    if (!is_commit(listing.commit)) fail(ErrorCode::kInvalidArgument, "no commit");
    for (const Json& sibling : info.at("siblings").items()) {
      listing.files.push_back(sibling.at("rfilename").as_string());
      check_file_name(listing.files.back());
    }
    return listing;
  });
}

bool matches_any(const std::vector<std::string>& patterns, const std::string& name) {
  return std::any_of(patterns.begin(), patterns.end(), [&](std::string pattern) {
    if (pattern.ends_with('/')) pattern += '*';
    return ::fnmatch(pattern.c_str(), name.c_str(), FNM_NOESCAPE) == 0;
  });
}

std::vector<std::string> chosen_files(const Listing& listing, const RepoName& repo,
                                      const PullOptions& options) {
  std::vector<std::string> names;
  for (const std::string& name : listing.files) {
    const bool included = options.include.empty() || matches_any(options.include, name);
    if (included && !matches_any(options.exclude, name)) names.push_back(name);
  }
  if (options.choose) names = options.choose(names);
  if (names.empty()) {
    fail(ErrorCode::kNotFound,
         "none of its " + std::to_string(listing.files.size()) + " files is asked for", repo.id,
         "check the patterns: lucie pull " + repo.id + " without any takes all");
  }
  return names;
}

// A pull under way.
class Puller {
 public:
  Puller(Connection& hub, const RepoName& repo, const PullOptions& options)
      : hub_(hub), repo_(repo), options_(options), cache_(hub.settings().cache, repo.id) {}

  PullResult run() {
    const Listing listing = list_files(hub_, repo_);
    commit_ = listing.commit;
    store_ = options_.folder.empty() ? cache_store(cache_, commit_)
                                     : folder_store(options_.folder, cache_, commit_);
    PullResult result{
        .path = store_->root(), .commit = commit_, .files = chosen_files(listing, repo_, options_)};
    const std::vector<RemoteFile> files = ask_for_files(result.files);
    load_missing(files, &result);
    for (const RemoteFile& file : files) store_->finish(file);
    if (options_.folder.empty()) cache_.remember_revision(repo_.revision, commit_);
    return result;
  }

 private:
  // Of those that are not there under their names.
  std::vector<RemoteFile> ask_for_files(const std::vector<std::string>& names) {
    std::vector<std::string> unknown;
    for (const std::string& name : names) {
      if (!store_->has(name)) unknown.push_back(name);
    }
    std::vector<RemoteFile> files(unknown.size());
    hub_.in_parallel(options_.parallel, unknown.size(), [&](std::size_t i) {
      const auto file = ask_for_file(hub_, repo_, commit_, unknown[i]);
      if (!file) fail_absent(unknown[i]);
      files[i] = *file;
    });
    return files;
  }

  [[noreturn]] void fail_absent(const std::string& name) const {
    cache_.remember_absent(commit_, name);
    fail(ErrorCode::kNotFound, "it lists a file '" + name + "' and does not have it (404)",
         repo_.id + "@" + repo_.revision);
  }

  void load_missing(const std::vector<RemoteFile>& files, PullResult* result) {
    std::vector<const RemoteFile*> missing;
    std::set<fs::path> seen;  // two names with the same contents are loaded once
    std::uint64_t bytes = 0;
    for (const RemoteFile& file : files) {
      if (store_->obtain(file)) continue;
      const Store::Place place = store_->place(file);
      if (!seen.insert(place.final).second) continue;
      missing.push_back(&file);
      const std::uint64_t more = bytes_to_load(file, place);
      bytes += std::min(more, ~std::uint64_t{0} - bytes);  // sizes are the server's word
    }
    if (missing.empty()) return;
    check_room(bytes);
    // The largest first, so that the last to end are small.
    std::stable_sort(missing.begin(), missing.end(), [](const auto* a, const auto* b) {
      return a->size.value_or(0) > b->size.value_or(0);
    });
    Progress progress("pull", bytes, "B");
    hub_.in_parallel(options_.parallel, missing.size(), [&](std::size_t i) {
      load(*missing[i], [&](std::uint64_t more) {
        const std::lock_guard lock(mutex_);
        result->loaded_bytes += more;
        progress.add(more);
      });
    });
    result->loaded_files = missing.size();
  }

  static std::uint64_t bytes_to_load(const RemoteFile& file, const Store::Place& place) {
    std::error_code none;
    const std::uint64_t there = fs::exists(place.partial) ? fs::file_size(place.partial, none) : 0;
    const std::uint64_t size = file.size.value_or(0);
    return size > there ? size - there : 0;
  }

  void check_room(std::uint64_t bytes) const {
    std::error_code error;
    const fs::path where = options_.folder.empty() ? hub_.settings().cache : options_.folder;
    const fs::space_info space = fs::space(where, error);
    if (error || space.available >= bytes) return;
    fail(ErrorCode::kIo,
         "not enough room: " + human_bytes(static_cast<double>(bytes)) + " to load, " +
             human_bytes(static_cast<double>(space.available)) + " free",
         where.string(), "make room, or name another place (--cache-dir, --local-dir)");
  }

  void load(const RemoteFile& file, const std::function<void(std::uint64_t)>& loaded) {
    const Store::Place place = store_->place(file);
    std::unique_ptr<FileLock> lock = FileLock::try_take(place.lock);
    if (!lock) log_info("another process is loading " + file.name + "; waiting for it");
    for (; !lock; lock = FileLock::try_take(place.lock)) hub_.wait(0.2);
    if (store_->obtain(file)) return;
    PartialFile partial(place.partial);
    try {
      load_file(hub_, repo_, commit_, file, partial, loaded);
    } catch (const Error&) {
      if (partial.size() == 0) fs::remove(place.partial);
      throw;
    }
    partial.publish(place.final);
  }

  Connection& hub_;
  const RepoName& repo_;
  const PullOptions& options_;
  RepoCache cache_;
  std::string commit_;
  std::unique_ptr<Store> store_;
  std::mutex mutex_;  // of progress and counts
};

PullResult cached(const HubSettings& settings, const RepoName& repo, const PullOptions& options) {
  const RepoCache cache(settings.cache, repo.id);
  const std::optional<fs::path> snapshot = cache.snapshot_of(repo.revision);
  if (!snapshot || !options.folder.empty()) {
    fail(ErrorCode::kNotFound, "HF_HUB_OFFLINE is set, and the cache does not hold it",
         repo.id + "@" + repo.revision, "unset it; the cache is " + settings.cache.string());
  }
  log_info("offline: what the cache holds of " + repo.id);
  PullResult result{.path = *snapshot, .commit = *cache.commit_of(repo.revision)};
  for (const auto& entry : fs::recursive_directory_iterator(*snapshot)) {
    if (!entry.is_directory()) {
      result.files.push_back(entry.path().lexically_relative(*snapshot).generic_string());
    }
  }
  std::sort(result.files.begin(), result.files.end());
  return result;
}

}  // namespace

PullResult pull(Connection& hub, const RepoName& repo, const PullOptions& options) {
  check_revision(repo.revision);
  if (hub.settings().offline) return cached(hub.settings(), repo, options);
  return Puller(hub, repo, options).run();
}

}  // namespace lucie::hub
