#include "hub/names.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace lucie::hub {
namespace {

constexpr std::size_t kLongestName = 96;   // of the Python client
constexpr std::size_t kLongestPart = 200;  // file systems take 255; we append suffixes
constexpr std::size_t kLongestPath = 1000;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_word(c) || c == '-' || c == '.'; });
}

bool is_repo_part(std::string_view part) {
  return !part.empty() && part.size() <= kLongestName && is_plain(part) && is_word(part.front()) &&
         is_word(part.back());
}

bool is_repo_id(std::string_view id) {
  const std::size_t slash = id.find('/');
  return slash != std::string_view::npos && is_repo_part(id.substr(0, slash)) &&
         is_repo_part(id.substr(slash + 1)) && id.find("--") == std::string_view::npos &&
         id.find("..") == std::string_view::npos && !id.ends_with(".git");
}

bool is_safe_path(std::string_view path) {
  if (path.size() > kLongestPath || path.find('\\') != std::string_view::npos) return false;
  for (const std::string& part : split(path, '/')) {
    if (part.empty() || part == "." || part == ".." || part.size() > kLongestPart) return false;
    const auto control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
    if (std::any_of(part.begin(), part.end(), control)) return false;
  }
  return true;
}

// What a server sent, fit for a terminal.
std::string shown(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 80)) out += c >= ' ' && c < '\x7f' ? c : '?';
  return "'" + out + (text.size() > 80 ? "...'" : "'");
}

}  // namespace

std::optional<RepoName> parse_repo_name(std::string_view text) {
  RepoName name;
  if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    name.file = text.substr(colon + 1);
    if (!name.file.ends_with(".gguf") || !is_safe_path(name.file)) return std::nullopt;
    text = text.substr(0, colon);
  }
  if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
    name.revision = text.substr(at + 1);
    if (!is_safe_path(name.revision)) return std::nullopt;
    text = text.substr(0, at);
  }
  name.id = text;
  const bool is_file = name.id.ends_with(".gguf") || name.id.ends_with(".safetensors");
  if (is_file || !is_repo_id(name.id)) return std::nullopt;
  return name;
}

RepoName require_repo_name(const std::string& text) {
  const std::optional<RepoName> name = parse_repo_name(text);
  if (!name) {
    fail(ErrorCode::kInvalidArgument, "not the name of a repository", shown(text),
         "write org/name or org/name@revision");
  }
  return *name;
}

void check_revision(const std::string& revision) {
  if (!is_safe_path(revision)) {
    fail(ErrorCode::kInvalidArgument, "not a branch, tag or commit", shown(revision));
  }
}

bool is_commit(std::string_view text) {
  return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_file_name(const std::string& name) {
  return is_safe_path(name) && is_valid_utf8(name);
}

void check_file_name(const std::string& name) {
  if (!is_file_name(name)) {
    fail(ErrorCode::kCorrupt, "the repository names a file that cannot be written safely",
         shown(name), "tell its owner; nothing was written under that name");
  }
}

std::string clean_etag(std::string_view header, const std::string& file) {
  std::string_view etag = trim(header);
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.size() >= 2 && etag.starts_with('"') && etag.ends_with('"')) {
    etag = etag.substr(1, etag.size() - 2);
  }
  if (etag.empty() || etag.size() > 128 || !is_plain(etag) || etag.front() == '.') {
    fail(ErrorCode::kCorrupt, "the server names the contents by a useless ETag " + shown(etag),
         file, "check HF_ENDPOINT");
  }
  return std::string(etag);
}

}  // namespace lucie::hub
