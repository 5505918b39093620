// Uploading large files as Git LFS does: github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md,
// with the "basic" transfer and the hub's "multipart".
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "hub/connection.h"

namespace lucie::hub {

struct LfsObject {
  std::string name;  // in the repository, for messages
  fs::path path;
  std::uint64_t size = 0;
  std::string sha256;
};

// Where and how the server wants an object.
struct LfsUpload {
  const LfsObject* object = nullptr;
  Json upload, verify;  // actions: {"href": URL, "header": {...}}; verify may be null
};

// Asks what to do with the objects. Those that the server has already are not in the answer.
// Error{kIo} with the server's words when it wants none of one; {kCorrupt}.
std::vector<LfsUpload> ask_for_uploads(Connection& hub, const RepoName& repo,
                                       const std::vector<LfsObject>& objects);

// `sent` hears of bytes as they go; what is sent again after a failure does not count twice.
void upload_object(Connection& hub, const RepoName& repo, const LfsUpload& upload,
                   const std::function<void(std::uint64_t)>& sent);

}  // namespace lucie::hub
