#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/posix.h"

namespace lucie {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;
constexpr std::uint64_t kDiskRunBytes = std::uint64_t{16} << 20;  // worth waking the disk for

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct stat stat_of(int descriptor, const fs::path& path) {
  struct stat info {};
  if (::fstat(descriptor, &info) != 0) posix::fail_errno(errno, "read", path);
  if (S_ISDIR(info.st_mode)) posix::fail_errno(EISDIR, "read", path);
  return info;
}

// Creates something under a hidden name beside `path`. `create` returns a value below 0 on failure.
template <typename Create>
int create_hidden(const fs::path& path, fs::path* hidden, Create create) {
  for (int attempt = 0; attempt < posix::kAttempts; ++attempt) {
    *hidden = posix::hidden_name(path, attempt);
    const int result = create(hidden->c_str());
    if (result >= 0) return result;
    if (errno != EEXIST) posix::fail_errno(errno, "create", path);
  }
  posix::fail_errno(EEXIST, "create", *hidden);
}

void rename_over(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) posix::fail_errno(errno, "rename into", to);
  posix::sync_directory(posix::parent_of(to));
}

void rename_new_directory(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return;
  // Some network file systems lack the flag; rename() then refuses all but an empty folder.
  if (errno != EINVAL || fs::exists(to)) posix::fail_errno(errno, "rename into", to);
  if (::rename(from.c_str(), to.c_str()) != 0) posix::fail_errno(errno, "rename into", to);
}

void sync_tree(const fs::path& root) {
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_symlink()) continue;
    if (entry.is_directory()) {
      posix::sync_directory(entry.path());
    } else if (entry.is_regular_file()) {
      const posix::Descriptor file(entry.path(), O_RDONLY, "open");
      posix::sync(file.get(), entry.path());
    }
  }
  posix::sync_directory(root);
}

}  // namespace

MappedFile::MappedFile(const fs::path& path) : path_(path) {
  const posix::Descriptor file(path, O_RDONLY, "open");
  const struct stat info = stat_of(file.get(), path);
  if (!S_ISREG(info.st_mode)) {
    fail(ErrorCode::kInvalidArgument, "cannot map: not a regular file", path.string());
  }
  size_ = static_cast<std::size_t>(info.st_size);
  if (size_ == 0) return;
  void* data = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (data == MAP_FAILED) posix::fail_errno(errno, "map", path);
  data_ = static_cast<const std::byte*>(data);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

void MappedFile::release(std::span<const std::byte> part) const noexcept {
  if (part.empty()) return;
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const auto offset = static_cast<std::size_t>(part.data() - data_);
  const std::size_t begin = (offset + page - 1) / page * page;
  std::size_t end = (offset + part.size()) / page * page;
  if (offset + part.size() == size_) end = size_;  // nobody else is on the last page
  // A refusal costs memory, not correctness.
  if (begin < end)
    (void)::madvise(const_cast<std::byte*>(data_) + begin, end - begin, MADV_DONTNEED);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      path_(std::move(other.path_)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(path_, other.path_);
  return *this;
}

std::string read_file(const fs::path& path) {
  const posix::Descriptor file(path, O_RDONLY, "open");
  const struct stat info = stat_of(file.get(), path);
  std::string contents;
  // One byte more than the size, so that the end is seen without growing; pipes and /proc say 0.
  std::size_t room = static_cast<std::size_t>(info.st_size) + 1;
  for (std::size_t used = 0;; room = std::max(used, kBufferBytes)) {
    contents.resize(used + room);
    while (used < contents.size()) {
      const ssize_t got = ::read(file.get(), contents.data() + used, contents.size() - used);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) posix::fail_errno(errno, "read", path);
      used += static_cast<std::size_t>(got);
      if (got == 0) {
        contents.resize(used);
        return contents;
      }
    }
  }
}

bool stays_inside(const fs::path& path) {
  return !path.empty() && !path.is_absolute() &&
         std::none_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
}

void write_file_atomic(const fs::path& path, std::string_view contents) {
  AtomicFile file(path);
  file.write(contents);
  file.commit();
}

AtomicFile::AtomicFile(const fs::path& path) : path_(path) {
  descriptor_ = create_hidden(path_, &temporary_, [](const char* name) {
    return ::open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  });
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  write(as_text(bytes));
}

void AtomicFile::write(std::string_view text) {
  LUCIE_ASSERT(descriptor_ >= 0);
  const std::uint64_t run = (offset_ - buffer_.size()) / kDiskRunBytes;
  if (buffer_.size() + text.size() > kBufferBytes) flush();
  if (text.size() >= kBufferBytes) {
    posix::write_all(descriptor_, text, -1, path_);
  } else {
    buffer_ += text;
  }
  offset_ += text.size();
  const std::uint64_t whole_runs = (offset_ - buffer_.size()) / kDiskRunBytes;
  if (whole_runs > run) {
    posix::start_sync(descriptor_, run * kDiskRunBytes, (whole_runs - run) * kDiskRunBytes);
  }
}

void AtomicFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  LUCIE_ASSERT(descriptor_ >= 0 && offset <= offset_ && bytes.size() <= offset_ - offset);
  if (!buffer_.empty()) flush();
  posix::write_all(descriptor_, as_text(bytes), static_cast<std::int64_t>(offset), path_);
  const std::uint64_t run = offset / kDiskRunBytes;
  const std::uint64_t next_run = (offset + bytes.size()) / kDiskRunBytes;
  if (next_run > run) {
    posix::start_sync(descriptor_, run * kDiskRunBytes, (next_run - run) * kDiskRunBytes);
  }
}

void AtomicFile::extend(std::uint64_t bytes) {
  LUCIE_ASSERT(descriptor_ >= 0);
  flush();
  offset_ += bytes;
  const auto end = static_cast<off_t>(offset_);
  if (::ftruncate(descriptor_, end) != 0 || ::lseek(descriptor_, end, SEEK_SET) < 0) {
    posix::fail_errno(errno, "write", path_);
  }
}

void AtomicFile::flush() {
  posix::write_all(descriptor_, buffer_, -1, path_);
  buffer_.clear();
}

void AtomicFile::commit() {
  LUCIE_ASSERT(descriptor_ >= 0);
  flush();
  posix::sync(descriptor_, path_);
  rename_over(temporary_, path_);
  // From here the destructor has nothing to remove. Data is on disk: a late close error is moot.
  ::close(std::exchange(descriptor_, -1));
}

AtomicDirectory::AtomicDirectory(const fs::path& path) : final_(path) {
  if (!final_.has_filename()) final_ = final_.parent_path();  // "out/"
  if (fs::exists(fs::symlink_status(final_))) posix::fail_errno(EEXIST, "create", final_);
  std::error_code error;
  fs::create_directories(posix::parent_of(final_), error);
  if (error) posix::fail_errno(error.value(), "create folder", posix::parent_of(final_));
  create_hidden(final_, &temporary_, [](const char* name) { return ::mkdir(name, 0777); });
}

AtomicDirectory::~AtomicDirectory() {
  if (committed_) return;
  std::error_code ignored;  // what cannot be removed stays under its hidden name
  fs::remove_all(temporary_, ignored);
}

void AtomicDirectory::commit() {
  LUCIE_ASSERT(!committed_);
  sync_tree(temporary_);
  rename_new_directory(temporary_, final_);
  committed_ = true;
  posix::sync_directory(posix::parent_of(final_));
}

void publish_directory(const fs::path& from, const fs::path& to) {
  sync_tree(from);
  rename_new_directory(from, to);
  posix::sync_directory(posix::parent_of(to));
  posix::sync_directory(posix::parent_of(from));
}

void remove_abandoned(const fs::path& directory) {
  std::vector<fs::path> abandoned;
  for (auto entry = fs::recursive_directory_iterator(directory); entry != fs::end(entry); ++entry) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with('.') || !name.ends_with(".partial")) continue;
    abandoned.push_back(entry->path());
    if (entry->is_directory()) entry.disable_recursion_pending();
  }
  for (const fs::path& path : abandoned) fs::remove_all(path);
}

void replace_symlink(const fs::path& target, const fs::path& link) {
  fs::path hidden;
  create_hidden(link, &hidden, [&](const char* name) { return ::symlink(target.c_str(), name); });
  try {
    rename_over(hidden, link);
  } catch (...) {
    ::unlink(hidden.c_str());
    throw;
  }
}

void append_line(const fs::path& path, std::string_view line) {
  const posix::Descriptor file(path, O_WRONLY | O_CREAT | O_APPEND, "open");
  const off_t before = ::lseek(file.get(), 0, SEEK_END);
  try {
    posix::write_all(file.get(), std::string(line) + "\n", -1, path);
  } catch (const Error&) {
    // Half a line would make the whole file unreadable; if this fails too, the first error counts.
    if (before >= 0 && ::ftruncate(file.get(), before) != 0) throw;
    throw;
  }
}

}  // namespace lucie
