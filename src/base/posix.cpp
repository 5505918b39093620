#include "base/posix.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>

#include "base/error.h"

namespace lucie {
namespace {

// Below zero: no fault. Otherwise the bytes that may still be written.
std::atomic<std::int64_t> writable_bytes{-1};

// How many of `wanted` bytes the test fault lets through; 0 stands for ENOSPC.
std::size_t admit(std::size_t wanted) {
  const std::int64_t left = writable_bytes.load();
  if (left < 0) return wanted;
  const auto admitted = std::min(wanted, static_cast<std::size_t>(left));
  writable_bytes.store(left - static_cast<std::int64_t>(admitted));
  return admitted;
}

ErrorCode code_of(int error) {
  if (error == ENOENT || error == ENOTDIR) return ErrorCode::kNotFound;
  if (error == ENOMEM) return ErrorCode::kOutOfMemory;
  if (error == EISDIR || error == ENAMETOOLONG) return ErrorCode::kInvalidArgument;
  return ErrorCode::kIo;
}

const char* hint_for(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "free some space; nothing is half-written";
    case EFBIG:
      return "the file system or a limit (ulimit -f) forbids files this big; nothing is "
             "half-written";
    case EACCES:
    case EPERM:
    case EROFS:
      return "check who may read and write there";
    case ENOENT:
    case ENOTDIR:
      return "check the path";
    case EISDIR:
      return "a file is needed here, not a folder";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (ulimit -n)";
    case ENOMEM:
      return "free some memory";
    case EEXIST:
    case ENOTEMPTY:
      return "remove it or choose another name";
    default:
      return "";
  }
}

}  // namespace

ScopedWriteFault::ScopedWriteFault(std::uint64_t bytes) {
  writable_bytes.store(static_cast<std::int64_t>(bytes));
}
ScopedWriteFault::~ScopedWriteFault() {
  writable_bytes.store(-1);
}

namespace posix {

void fail_errno(int error, std::string_view action, const fs::path& path) {
  fail(code_of(error),
       "cannot " + std::string(action) + ": " + std::generic_category().message(error),
       path.string(), hint_for(error));
}

fs::path parent_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

fs::path hidden_name(const fs::path& path, int attempt) {
  return parent_of(path) / ("." + path.filename().string() + "." + std::to_string(getpid()) + "-" +
                            std::to_string(attempt) + ".partial");
}

Descriptor::Descriptor(const fs::path& path, int flags, std::string_view action)
    : value_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {
  if (value_ < 0) fail_errno(errno, action, path);
}

Descriptor::~Descriptor() {
  ::close(value_);
}

void write_all(int descriptor, std::string_view bytes, std::int64_t offset, const fs::path& path) {
  while (!bytes.empty()) {
    const std::size_t admitted = admit(bytes.size());
    if (admitted == 0) fail_errno(ENOSPC, "write", path);
    const ssize_t written = offset < 0 ? ::write(descriptor, bytes.data(), admitted)
                                       : ::pwrite(descriptor, bytes.data(), admitted, offset);
    if (written < 0) {
      if (errno == EINTR) continue;
      fail_errno(errno, "write", path);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
    if (offset >= 0) offset += written;
  }
}

void read_all(int descriptor, char* bytes, std::size_t size, std::uint64_t offset,
              const fs::path& path) {
  while (size > 0) {
    const ssize_t got = ::pread(descriptor, bytes, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_errno(errno, "read", path);
    if (got == 0) fail(ErrorCode::kCorrupt, "the file ends too early", path.string());
    bytes += got;
    size -= static_cast<std::size_t>(got);
    offset += static_cast<std::uint64_t>(got);
  }
}

void start_sync(int descriptor, std::uint64_t offset, std::uint64_t bytes) noexcept {
  (void)::sync_file_range(descriptor, static_cast<off64_t>(offset), static_cast<off64_t>(bytes),
                          SYNC_FILE_RANGE_WRITE);
}

void sync(int descriptor, const fs::path& path) {
  // EINVAL and EROFS: nothing to synchronise on this kind of file system.
  if (::fsync(descriptor) != 0 && errno != EINVAL && errno != EROFS) {
    fail_errno(errno, "write to disk", path);
  }
}

void sync_directory(const fs::path& path) {
  const Descriptor directory(path, O_RDONLY | O_DIRECTORY, "open folder");
  sync(directory.get(), path);
}

}  // namespace posix
}  // namespace lucie
