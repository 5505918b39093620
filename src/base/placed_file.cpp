#include "base/placed_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/partial_file.h"
#include "base/posix.h"

namespace lucie {
namespace {

constexpr std::uint64_t kDiskRunBytes = std::uint64_t{16} << 20;  // worth waking the disk for

}  // namespace

PlacedFile::PlacedFile(const fs::path& path, std::uint64_t size)
    : path_(path),
      file_(std::make_unique<posix::Descriptor>(path, O_RDWR | O_CREAT, "open")),
      size_(size) {
  if (::ftruncate(file_->get(), static_cast<off_t>(size)) != 0) {
    posix::fail_errno(errno, "make room in", path);
  }
}

PlacedFile::~PlacedFile() = default;

void PlacedFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  LUCIE_ASSERT(offset <= size_ && bytes.size() <= size_ - offset);
  posix::write_all(file_->get(), {reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                   static_cast<std::int64_t>(offset), path_);
  const std::uint64_t run = offset / kDiskRunBytes;
  const std::uint64_t next_run = (offset + bytes.size()) / kDiskRunBytes;
  if (next_run > run) {
    posix::start_sync(file_->get(), run * kDiskRunBytes, (next_run - run) * kDiskRunBytes);
  }
}

void PlacedFile::publish(const fs::path& path) {
  PartialFile(path_).publish(path);
}

}  // namespace lucie
