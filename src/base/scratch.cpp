#include "base/scratch.h"

#include <stdlib.h>

#include <cerrno>
#include <system_error>

#include "base/posix.h"

namespace lucie {

ScratchFolder::ScratchFolder(const std::string& name) {
  const fs::path parent = fs::temp_directory_path();
  std::string pattern = (parent / (name + ".XXXXXX")).string();
  if (::mkdtemp(pattern.data()) == nullptr) posix::fail_errno(errno, "create a folder in", parent);
  path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;  // what cannot be removed is the system's to clear
  fs::remove_all(path_, ignored);
}

}  // namespace lucie
