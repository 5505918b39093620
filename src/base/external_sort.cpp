#include "base/external_sort.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/posix.h"

namespace lucie {

namespace {

// O_TMPFILE where the file system has it; elsewhere a hidden file that loses its name at once.
std::unique_ptr<posix::Descriptor> open_nameless(const fs::path& folder) {
  constexpr int kFlags = O_RDWR | O_CLOEXEC;
  if (const int probe = ::open(folder.c_str(), kFlags | O_TMPFILE, 0600); probe >= 0) {
    return std::make_unique<posix::Descriptor>(probe);
  }
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) {
    posix::fail_errno(errno, "write to the folder", folder);
  }
  for (int attempt = 0; attempt < posix::kAttempts; ++attempt) {
    const fs::path name = posix::hidden_name(folder / "scratch", attempt);
    const int file = ::open(name.c_str(), kFlags | O_CREAT | O_EXCL, 0600);
    if (file < 0 && errno == EEXIST) continue;
    if (file < 0) posix::fail_errno(errno, "create", name);
    ::unlink(name.c_str());
    return std::make_unique<posix::Descriptor>(file);
  }
  posix::fail_errno(EEXIST, "create", folder / "scratch");
}

}  // namespace

ScratchFile::ScratchFile(const fs::path& folder) : folder_(folder), file_(open_nameless(folder)) {}

ScratchFile::~ScratchFile() = default;

void ScratchFile::write(std::uint64_t offset, std::span<const std::byte> bytes) {
  posix::write_all(file_->get(), {reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                   static_cast<std::int64_t>(offset), folder_);
}

void ScratchFile::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  posix::read_all(file_->get(), reinterpret_cast<char*>(bytes.data()), bytes.size(), offset,
                  folder_);
}

}  // namespace lucie
