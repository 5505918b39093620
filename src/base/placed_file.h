// A file of known size that is written out of order and, until it is whole, under a working name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/file.h"

namespace lucie {

namespace posix {
class Descriptor;
}

// What stands at `path` stays where it is not written, cut or filled up with zeros to `size` bytes.
// One writer at a time (FileLock, base/partial_file.h). Failures throw Error with the path.
class PlacedFile {
 public:
  PlacedFile(const fs::path& path, std::uint64_t size);
  ~PlacedFile();
  // Several threads may, each its own bytes, below the size.
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes);
  // fsync, rename to `path` on the same file system, fsync of the folder. Call it last.
  void publish(const fs::path& path);

 private:
  fs::path path_;
  std::unique_ptr<posix::Descriptor> file_;
  std::uint64_t size_;
};

}  // namespace lucie
