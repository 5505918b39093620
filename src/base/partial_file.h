// A file that is loaded in pieces over several runs, and a lock that processes share.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/file.h"

namespace lucie {

namespace posix {
class Descriptor;
}

// Opened or created under its working name, where it stays when the process ends; publish() gives
// it its final one. One writer at a time (FileLock). Failures throw Error with the path.
class PartialFile {
 public:
  explicit PartialFile(const fs::path& path);
  ~PartialFile();

  std::uint64_t size() const { return size_; }
  const fs::path& path() const { return path_; }
  void append(std::string_view bytes);
  void clear();  // back to nothing
  // fsync, rename to `path` on the same file system, fsync of the folder. Call it last.
  void publish(const fs::path& path);

 private:
  fs::path path_;
  std::unique_ptr<posix::Descriptor> file_;
  std::uint64_t size_ = 0;
};

// Held from construction to destruction, by flock() on a file made for that, as Python's filelock
// does it. Where the file system has no such locks it always succeeds.
class FileLock {
 public:
  // Null while another process, or another FileLock of this one, holds it.
  static std::unique_ptr<FileLock> try_take(const fs::path& path);
  // Held together with others that share it; waits while one holds it alone.
  static std::unique_ptr<FileLock> share(const fs::path& path);
  ~FileLock();

 private:
  explicit FileLock(const fs::path& path);
  static std::unique_ptr<FileLock> lock(const fs::path& path, int operation);
  std::unique_ptr<posix::Descriptor> file_;
};

}  // namespace lucie
