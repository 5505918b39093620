// Names of repositories, revisions and files, and what a server may not make us write.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lucie::hub {

struct RepoName {
  std::string id;  // "org/name"
  std::string revision = "main";
  std::string file = {};  // of "org/name:model.gguf"; else empty
};

// "org/name", "org/name@revision", "org/name:file.gguf": exactly one slash before '@' and ':',
// letters, digits and "-_." between, as the Python client demands. Nothing for any other text, and
// for what looks like a file (.gguf, .safetensors).
std::optional<RepoName> parse_repo_name(std::string_view text);
// The same for what must be one; Error{kInvalidArgument}.
RepoName require_repo_name(const std::string& text);

// Error{kInvalidArgument}: a revision becomes a path below refs/.
void check_revision(const std::string& revision);
bool is_commit(std::string_view text);  // 40 hex digits

// A file's name in a repository is a path below it: relative, no "..", no backslash, no control
// characters, valid UTF-8, no part of more than 200 bytes.
bool is_file_name(const std::string& name);
void check_file_name(const std::string& name);  // from a server; Error{kCorrupt}
// "W/\"abc\"" -> "abc". It names a blob: letters, digits, "-_.", not first a dot; Error{kCorrupt}.
std::string clean_etag(std::string_view header, const std::string& file);

}  // namespace lucie::hub
