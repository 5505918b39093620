#include "hub/push.h"

#include <algorithm>
#include <fstream>
#include <mutex>
#include <vector>

#include "base/base64.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"
#include "hub/lfs.h"

namespace lucie::hub {
namespace {

constexpr std::size_t kFilesInARequest = 256;
constexpr std::size_t kSampleBytes = 512;  // of a file's start: the server tells text from binary
constexpr std::uint64_t kLargestAnswer = std::uint64_t{16} << 20;
// Small files travel inside the commit, which is built in memory.
constexpr std::uint64_t kLargestInline = std::uint64_t{64} << 20;

struct LocalFile {
  std::string name;
  fs::path path;
  std::uint64_t size = 0;
  bool large = false;
  std::string sha256 = {};  // of large ones
};

bool is_passed_over(const fs::path& relative) {
  const std::string name = relative.filename().string();
  return relative == ".git" || relative == ".cache/huggingface" ||
         (name.starts_with('.') && name.ends_with(".partial"));  // of AtomicFile
}

std::vector<LocalFile> find_files(const fs::path& directory) {
  if (!fs::is_directory(directory)) {
    fail(ErrorCode::kNotFound, "no such directory", directory.string(),
         "give the directory to upload, then org/name");
  }
  std::vector<LocalFile> files;
  for (auto at = fs::recursive_directory_iterator(directory); at != fs::end(at); ++at) {
    const fs::path relative = at->path().lexically_relative(directory);
    if (is_passed_over(relative)) {
      if (at->is_directory()) at.disable_recursion_pending();
      continue;
    }
    if (!at->is_regular_file()) continue;
    files.push_back(
        {.name = relative.generic_string(), .path = at->path(), .size = at->file_size()});
    if (is_file_name(files.back().name)) continue;
    fail(ErrorCode::kInvalidArgument, "a hub takes no file of such a name", at->path().string(),
         "rename it");
  }
  std::sort(files.begin(), files.end(),
            [](const LocalFile& a, const LocalFile& b) { return a.name < b.name; });
  return files;
}

void check_card(const std::vector<LocalFile>& files, const fs::path& directory) {
  if (files.empty()) {
    fail(ErrorCode::kInvalidArgument, "the directory holds no files", directory.string());
  }
  const bool card = std::any_of(files.begin(), files.end(),
                                [](const LocalFile& file) { return file.name == "README.md"; });
  if (card) return;
  fail(ErrorCode::kInvalidArgument, "no README.md, the card of a model", directory.string(),
       "write one ('lucie release' does), or say --without-card");
}

std::string sample_of(const LocalFile& file) {
  std::string bytes(std::min<std::uint64_t>(file.size, kSampleBytes), '\0');
  std::ifstream in(file.path, std::ios::binary);
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!in) fail(ErrorCode::kIo, "cannot read", file.path.string());
  return bytes;
}

class Pusher {
 public:
  Pusher(Connection& hub, const RepoName& repo, const PushOptions& options)
      : hub_(hub), repo_(repo), options_(options) {}

  PushResult run(const fs::path& directory) {
    std::vector<LocalFile> files = find_files(directory);
    if (!options_.without_card) check_card(files, directory);
    result_.files = files.size();
    if (options_.create) create();
    ask_about(&files);
    if (files.empty()) return result_;
    upload_large(files);
    commit(files);
    return result_;
  }

 private:
  HttpRequest post(const std::string& path, const Json& body) const {
    return {.method = "POST",
            .url = hub_.url(path),
            .headers = {"Content-Type: application/json"},
            .body = body.dump(),
            .largest_body = kLargestAnswer};
  }
  std::string api(const std::string& action) const {
    return "/api/models/" + repo_.id + "/" + action + "/" + percent_encode(repo_.revision);
  }

  void create_one(const HttpRequest& request) {
    const HttpResponse response = hub_.send_patiently(request);
    // 409: it is there already.
    if (!response.ok() && response.status != 409) hub_.fail_response(response, {repo_, ""});
  }

  void create() {
    const std::size_t slash = repo_.id.find('/');
    Json body = Json::object();
    body["name"] = repo_.id.substr(slash + 1);
    body["organization"] = repo_.id.substr(0, slash);
    body["type"] = "model";
    if (options_.hidden) body["visibility"] = "private";
    create_one(post("/api/repos/create", body));
    if (repo_.revision != "main") create_one(post(api("branch"), Json::object()));
  }

  // Asks how each file is to be sent, and leaves those that have to be.
  void ask_about(std::vector<LocalFile>* files) {
    std::vector<LocalFile> wanted;
    for (std::size_t at = 0; at < files->size(); at += kFilesInARequest) {
      const std::size_t end = std::min(files->size(), at + kFilesInARequest);
      Json body = Json::object();
      Json& list = body["files"] = Json::array();
      for (std::size_t i = at; i < end; ++i) {
        Json entry = Json::object();
        entry["path"] = (*files)[i].name;
        entry["sample"] = to_base64(sample_of((*files)[i]));
        entry["size"] = (*files)[i].size;
        list.push_back(entry);
      }
      const HttpRequest request = post(api("preupload"), body);
      const Json answer = ask_patiently(request);
      read_answer(request.url, [&] {
        for (std::size_t i = at; i < end; ++i) {
          LocalFile& file = (*files)[i];
          if (is_wanted(answer.at("files"), &file)) wanted.push_back(std::move(file));
        }
      });
    }
    *files = std::move(wanted);
  }

  Json ask_patiently(const HttpRequest& request) {
    try {
      return hub_.ask(request, {repo_, ""});
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kNotFound || options_.create) throw;
      fail(error.code(), error.message(), error.place(),
           error.hint() + "; --create makes the repository and the branch");
    }
  }

  bool is_wanted(const Json& answers, LocalFile* file) {
    const Json::Array& list = answers.items();
    const auto entry = std::find_if(list.begin(), list.end(), [&](const Json& candidate) {
      return candidate.get("path", "") == file->name;
    });
    if (entry == list.end()) fail(ErrorCode::kInvalidArgument, "nothing about " + file->name);
    if (entry->get("shouldIgnore", false)) {
      ++result_.ignored;
      return false;
    }
    // LFS cannot hold nothing.
    file->large = entry->get("uploadMode", "") == "lfs" && file->size > 0;
    if (file->large) {
      log_debug("hashing " + file->name);
      file->sha256 = sha256_file(file->path);
    } else if (file->size > kLargestInline) {
      fail(ErrorCode::kUnsupported, "the server wants a large file inside of a commit", file->name);
    }
    const std::string there = entry->get("oid", "");
    const std::string here =
        file->large ? file->sha256
                    : git_blob_digest(file->size).add(MappedFile(file->path).bytes()).hex();
    result_.unchanged += there == here;
    return there != here;
  }

  void upload_large(const std::vector<LocalFile>& files) {
    std::vector<LfsObject> objects;
    for (const LocalFile& file : files) {
      if (file.large) objects.push_back({file.name, file.path, file.size, file.sha256});
    }
    if (objects.empty()) return;
    const std::vector<LfsUpload> uploads = ask_for_uploads(hub_, repo_, objects);
    std::uint64_t bytes = 0;
    for (const LfsUpload& upload : uploads) bytes += upload.object->size;
    if (uploads.empty()) return;
    Progress progress("push", bytes, "B");
    std::mutex mutex;
    hub_.in_parallel(options_.parallel, uploads.size(), [&](std::size_t i) {
      upload_object(hub_, repo_, uploads[i], [&](std::uint64_t sent) {
        const std::lock_guard lock(mutex);
        progress.add(sent);
      });
    });
    result_.uploaded = uploads.size();
    result_.uploaded_bytes = bytes;
  }

  // Lines of JSON. When the answer gets lost and the commit is sent again, the second one changes
  // nothing.
  void commit(const std::vector<LocalFile>& files) {
    Json header = Json::object();
    header["key"] = "header";
    header["value"]["summary"] = options_.message;
    header["value"]["description"] = "";
    std::string body = header.dump() + "\n";
    for (const LocalFile& file : files) body += commit_line(file).dump() + "\n";
    const HttpRequest request{.method = "POST",
                              .url = hub_.url(api("commit")),
                              .headers = {"Content-Type: application/x-ndjson"},
                              .body = std::move(body)};
    const Json answer = ask_patiently(request);
    read_answer(request.url, [&] {
      result_.commit = answer.at("commitOid").as_string();
      result_.url = answer.get("commitUrl", "");
      if (!is_commit(result_.commit)) fail(ErrorCode::kInvalidArgument, "no commit");
    });
  }

  static Json commit_line(const LocalFile& file) {
    Json line = Json::object();
    line["key"] = file.large ? "lfsFile" : "file";
    Json& value = line["value"] = Json::object();
    value["path"] = file.name;
    if (file.large) {
      value["algo"] = "sha256";
      value["oid"] = file.sha256;
      value["size"] = file.size;
    } else {
      value["content"] = to_base64(MappedFile(file.path).text());
      value["encoding"] = "base64";
    }
    return line;
  }

  Connection& hub_;
  const RepoName& repo_;
  const PushOptions& options_;
  PushResult result_;
};

}  // namespace

PushResult push(Connection& hub, const fs::path& directory, const RepoName& repo,
                const PushOptions& options) {
  check_revision(repo.revision);
  if (hub.settings().offline) {
    fail(ErrorCode::kInvalidArgument, "nothing can be pushed offline", "HF_HUB_OFFLINE");
  }
  if (hub.settings().token.empty()) {
    fail(ErrorCode::kInvalidArgument, "pushing takes a token", "HF_TOKEN",
         "set HF_TOKEN to a token that may write to " + repo.id);
  }
  return Pusher(hub, repo, options).run(directory);
}

}  // namespace lucie::hub
