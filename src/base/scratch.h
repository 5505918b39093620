// Room for work that is thrown away.
#pragma once

#include <string>

#include "base/file.h"

namespace lucie {

// A new folder below the system's folder for temporary files, its name beginning with `name`.
// Nobody but its owner can look into it: what is built there may be text that nobody else may have.
// Removed at the end with all that it holds.
class ScratchFolder {
 public:
  explicit ScratchFolder(const std::string& name);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace lucie
