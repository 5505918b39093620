#include "base/record_stream.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/error.h"
#include "base/posix.h"

namespace lucie {

RandomFile::RandomFile(const fs::path& path)
    : path_(path), file_(std::make_unique<posix::Descriptor>(path, O_RDONLY, "open")) {}
RandomFile::~RandomFile() = default;
RandomFile::RandomFile(RandomFile&&) noexcept = default;

void RandomFile::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  posix::read_all(file_->get(), reinterpret_cast<char*>(bytes.data()), bytes.size(), offset, path_);
}

std::uint64_t RandomFile::records(std::size_t record_bytes) const {
  struct stat info {};
  if (::fstat(file_->get(), &info) != 0) posix::fail_errno(errno, "read", path_);
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size % record_bytes != 0) {
    fail(ErrorCode::kCorrupt, "not a whole number of records", path_.string());
  }
  return size / record_bytes;
}

}  // namespace lucie
