#include "hub/remote_file.h"

#include <algorithm>

#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"

namespace lucie::hub {
namespace {

// Where a server gives no size at all.
constexpr std::uint64_t kLargestUnsized = std::uint64_t{1} << 30;

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  const auto value = parse_int(text);
  return value ? std::optional<std::uint64_t>(static_cast<std::uint64_t>(*value)) : std::nullopt;
}

// Nothing when the ETag is neither of the two hashes, or git's lacks the size that it begins with.
std::optional<Digest> digest_for(const std::string& etag, std::optional<std::uint64_t> size) {
  if (is_hex(etag, 64)) return Sha256();
  if (is_hex(etag, 40) && size) return git_blob_digest(*size);
  return std::nullopt;
}

// "bytes 10-99/100"
struct ContentRange {
  std::uint64_t first = 0;
  std::optional<std::uint64_t> total;
};
std::optional<ContentRange> parse_content_range(std::string_view text) {
  if (!text.starts_with("bytes ")) return std::nullopt;
  text.remove_prefix(6);
  const std::size_t dash = text.find('-'), slash = text.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos) return std::nullopt;
  const auto first = parse_size(text.substr(0, dash));
  if (!first) return std::nullopt;
  return ContentRange{*first, parse_size(text.substr(slash + 1))};
}

std::string resolve_path(const RepoName& repo, const std::string& commit, const std::string& name) {
  return "/" + repo.id + "/resolve/" + commit + "/" + percent_encode(name, "/");
}

// One loading, over all its attempts.
class Loading {
 public:
  Loading(Connection& hub, const RepoName& repo, const RemoteFile& file, PartialFile& partial)
      : hub_(hub), repo_(repo), file_(file), partial_(partial), place_(repo.id + "/" + file.name) {}

  void run(const std::string& url, const std::function<void(std::uint64_t)>& loaded) {
    if (partial_.size() > limit()) partial_.clear();
    resumed_ = partial_.size() > 0;
    std::uint64_t furthest = partial_.size();
    for (int attempt = 1; !whole(); ++attempt) {
      const std::uint64_t before = partial_.size();
      const std::optional<HttpResponse> response = attempt_once(url, loaded);
      if (!response) continue;
      if (response->ok()) {
        if (file_.size && !whole()) lie("only " + std::to_string(partial_.size()) + " bytes");
        return;
      }
      if (response->status == 416 && before > 0) {  // what we have is longer than the file
        partial_.clear();
        continue;
      }
      // Bytes came that never had come before: the count of attempts starts again.
      if (partial_.size() > furthest) attempt = 1;
      furthest = std::max(furthest, partial_.size());
      if (!hub_.wait_to_retry(*response, attempt)) {
        hub_.fail_response(*response, {repo_, file_.name});
      }
    }
  }
  bool resumed() const { return resumed_; }

  [[noreturn]] void lie(const std::string& what) {
    partial_.clear();
    fail(ErrorCode::kMismatch, "this is not the file that the server announced: " + what, place_,
         "it was deleted; run the same command again, and tell the owner if it stays so");
  }

 private:
  struct OtherRange {};

  std::uint64_t limit() const { return file_.size.value_or(kLargestUnsized); }
  bool whole() const { return file_.size && partial_.size() == *file_.size; }

  // Nothing when the server sent another range than was asked for: then all is asked for again.
  std::optional<HttpResponse> attempt_once(const std::string& url,
                                           const std::function<void(std::uint64_t)>& loaded) {
    HttpRequest request{.url = url};
    const bool from_the_middle = partial_.size() > 0;
    if (from_the_middle) {
      request.headers.push_back("Range: bytes=" + std::to_string(partial_.size()) + "-");
    }
    bool begun = false;
    request.sink = [&](const HttpResponse& response, std::string_view bytes) {
      if (!begun) begin(response, from_the_middle);
      begun = true;
      if (bytes.size() > limit() - partial_.size()) {
        lie("more than " + std::to_string(limit()) + " bytes");
      }
      partial_.append(bytes);
      loaded(bytes.size());
    };
    try {
      return hub_.send(request);
    } catch (const OtherRange&) {
      partial_.clear();
      return std::nullopt;
    }
  }

  // Looks at the headers before the first byte is taken.
  void begin(const HttpResponse& response, bool from_the_middle) {
    if (response.status == 200) {
      if (from_the_middle) partial_.clear();  // the server knows no ranges: all of it comes again
      check_total(parse_size(response.header("content-length")));
      return;
    }
    const auto range = parse_content_range(response.header("content-range"));
    if (response.status != 206 || !range || range->first != partial_.size()) {
      if (!from_the_middle) lie("another part of the file");
      throw OtherRange{};
    }
    check_total(range->total);
  }

  void check_total(std::optional<std::uint64_t> total) {
    if (total && file_.size && *total != *file_.size) {
      lie("it has " + std::to_string(*total) + " bytes");
    }
  }

  Connection& hub_;
  const RepoName& repo_;
  const RemoteFile& file_;
  PartialFile& partial_;
  std::string place_;
  bool resumed_ = false;
};

}  // namespace

std::optional<RemoteFile> ask_for_file(Connection& hub, const RepoName& repo,
                                       const std::string& commit, const std::string& name) {
  const HttpRequest request{.method = "HEAD", .url = hub.url(resolve_path(repo, commit, name))};
  const HttpResponse response = hub.send_patiently(request, Connection::Redirects::kStay);
  if (response.status == 404 && response.header("x-error-code") == "EntryNotFound") {
    return std::nullopt;
  }
  const bool elsewhere = response.status >= 300 && response.status < 400;
  if (!response.ok() && !elsewhere) hub.fail_response(response, {repo, name});
  const std::string said = response.header("x-repo-commit");
  if (!said.empty() && said != commit) {
    fail(ErrorCode::kMismatch, "the server gives the file of another commit than " + commit,
         repo.id + "/" + name);
  }
  RemoteFile file{.name = name, .etag = {}, .size = {}};
  const std::string* linked = response.find("x-linked-etag");
  file.etag = clean_etag(linked != nullptr ? *linked : response.header("etag"), name);
  file.size = parse_size(response.header("x-linked-size"));
  if (!file.size && !elsewhere) file.size = parse_size(response.header("content-length"));
  return file;
}

void load_file(Connection& hub, const RepoName& repo, const std::string& commit,
               const RemoteFile& file, PartialFile& partial,
               const std::function<void(std::uint64_t)>& loaded) {
  // The resolve address each time: what it leads to is signed for a while only.
  const std::string url = hub.url(resolve_path(repo, commit, file.name));
  for (;;) {
    Loading loading(hub, repo, file, partial);
    loading.run(url, loaded);
    const std::optional<std::string> found = etag_of(partial.path(), file.etag);
    if (!found) {
      log_warning(file.name + ": the server gives no hash to check it with");
      return;
    }
    if (*found == file.etag) return;
    // A crash may have damaged the older half: once more from the start.
    if (!loading.resumed()) loading.lie("its hash is " + *found + ", not " + file.etag);
    log_warning(file.name + ": what was loaded before is damaged; loading all of it again");
    partial.clear();
  }
}

std::optional<std::string> etag_of(const fs::path& path, const std::string& etag) {
  std::optional<Digest> digest = digest_for(etag, fs::file_size(path));
  if (!digest) return std::nullopt;
  const MappedFile file(path);
  return digest->add(file.bytes()).hex();
}

}  // namespace lucie::hub
