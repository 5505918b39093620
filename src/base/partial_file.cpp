#include "base/partial_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/error.h"
#include "base/posix.h"

namespace lucie {

PartialFile::PartialFile(const fs::path& path)
    : path_(path), file_(std::make_unique<posix::Descriptor>(path, O_RDWR | O_CREAT, "open")) {
  const off_t end = ::lseek(file_->get(), 0, SEEK_END);
  if (end < 0) posix::fail_errno(errno, "find the end of", path_);
  size_ = static_cast<std::uint64_t>(end);
}

PartialFile::~PartialFile() = default;

void PartialFile::append(std::string_view bytes) {
  try {
    posix::write_all(file_->get(), bytes, static_cast<std::int64_t>(size_), path_);
  } catch (const Error& error) {
    fail(error.code(), error.message(), error.place(),
         "make room there; what is loaded so far is kept");
  }
  size_ += bytes.size();
}

void PartialFile::clear() {
  if (::ftruncate(file_->get(), 0) != 0) posix::fail_errno(errno, "empty", path_);
  size_ = 0;
}

void PartialFile::publish(const fs::path& path) {
  posix::sync(file_->get(), path_);
  if (::rename(path_.c_str(), path.c_str()) != 0) posix::fail_errno(errno, "rename into", path);
  posix::sync_directory(posix::parent_of(path));
}

FileLock::FileLock(const fs::path& path)
    : file_(std::make_unique<posix::Descriptor>(path, O_RDWR | O_CREAT, "open the lock")) {}

FileLock::~FileLock() = default;

std::unique_ptr<FileLock> FileLock::lock(const fs::path& path, int operation) {
  for (;;) {
    std::unique_ptr<FileLock> lock(new FileLock(path));
    if (::flock(lock->file_->get(), operation) != 0) {
      if (errno == EINTR) continue;
      if (errno == EWOULDBLOCK) return nullptr;
    }
    // Who held it may have deleted the file in between: then ours is no longer the one of the name.
    struct stat ours {};
    if (::fstat(lock->file_->get(), &ours) != 0 || ours.st_nlink > 0) return lock;
  }
}

std::unique_ptr<FileLock> FileLock::try_take(const fs::path& path) {
  return lock(path, LOCK_EX | LOCK_NB);
}

std::unique_ptr<FileLock> FileLock::share(const fs::path& path) {
  return lock(path, LOCK_SH);
}

}  // namespace lucie
