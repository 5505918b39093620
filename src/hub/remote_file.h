// One file of a repository: what the hub says of it, and loading it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/partial_file.h"
#include "hub/connection.h"

namespace lucie::hub {

struct RemoteFile {
  std::string name;  // in the repository, parts separated by '/'
  std::string etag;  // git's name of the contents (40 hex), or their SHA-256 (64 hex)
  std::optional<std::uint64_t> size;
};

// Asks with HEAD for ETag and size, without following to where the bytes lie. `commit` is the
// snapshot's. Nothing when the hub says that the commit has no such file. Errors as of
// Connection::fail_response; kCorrupt for an answer that makes no sense.
std::optional<RemoteFile> ask_for_file(Connection& hub, const RepoName& repo,
                                       const std::string& commit, const std::string& name);

// Loads what is missing of `file` into `partial`, which keeps what came when it fails. Broken
// transfers go on where they broke. At the end the hash is compared with the ETag; bytes that are
// not the announced ones are deleted, Error{kMismatch}. `loaded` hears of new bytes.
void load_file(Connection& hub, const RepoName& repo, const std::string& commit,
               const RemoteFile& file, PartialFile& partial,
               const std::function<void(std::uint64_t)>& loaded);

// The ETag of bytes on disk in the form of `etag`; nothing when its form is unknown.
std::optional<std::string> etag_of(const fs::path& path, const std::string& etag);

}  // namespace lucie::hub
