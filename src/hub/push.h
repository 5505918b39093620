// Uploading a directory as one commit, through the calls that Hugging Face's Python client makes
// (huggingface_hub/_commit_api.py): preupload says which files are large, those go up as in
// hub/lfs.h, then one commit names them and carries the small ones.
#pragma once

#include <cstdint>
#include <string>

#include "hub/connection.h"

namespace lucie::hub {

struct PushOptions {
  bool create = false;        // the repository and the branch, where they are missing
  bool hidden = false;        // a created repository is private
  bool without_card = false;  // a directory without README.md is else refused
  std::string message = "Upload with lucie";
  int parallel = 4;  // files at a time
};

struct PushResult {
  std::size_t files = 0;      // of the directory
  std::size_t unchanged = 0;  // the revision has the same contents under that name
  std::size_t ignored = 0;    // by the repository's .gitignore
  std::size_t uploaded = 0;   // large files that went up
  std::uint64_t uploaded_bytes = 0;
  std::string commit;  // empty when nothing changed
  std::string url;     // of the commit
};

// Files of the revision that the directory lacks stay. Hidden folders of git and of the Python
// client's notes are passed over. Errors as in hub/connection.h; kNotFound for a directory that is
// not there; kInvalidArgument for one without card, without files, or without a token to use.
PushResult push(Connection& hub, const fs::path& directory, const RepoName& repo,
                const PushOptions& options);

}  // namespace lucie::hub
