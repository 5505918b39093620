// Files: read-only maps, whole-file reads, and atomic writes.
//
// Nothing half-written is ever visible under its final name: AtomicFile and AtomicDirectory write
// beside the target, fsync, rename, and fsync the parent. All failures throw Error with the path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace lucie {

namespace fs = std::filesystem;

// A whole file mapped read-only. An empty file has an empty span.
class MappedFile {
 public:
  explicit MappedFile(const fs::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }
  const fs::path& path() const { return path_; }
  // Gives the memory behind `part` of bytes() back to the system. It stays readable: touched again,
  // it comes from the file again. Pages shared with what stands beside it are kept.
  void release(std::span<const std::byte> part) const noexcept;

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  fs::path path_;
};

std::string read_file(const fs::path& path);
// Whether a path that a file names stays below the folder it is taken from: not empty, not
// absolute, without "..". Links are not looked at.
bool stays_inside(const fs::path& path);
void write_file_atomic(const fs::path& path, std::string_view contents);

// A file that appears under `path` only on commit(). Destroyed without commit, it leaves nothing.
// The folder must exist.
class AtomicFile {
 public:
  explicit AtomicFile(const fs::path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);  // buffered append
  void write(std::string_view text);
  // Overwrites bytes already written (a header whose fields are known last). Several threads may,
  // each its own bytes, after extend().
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes);
  void extend(std::uint64_t bytes);  // appends zeros, for write_at()
  std::uint64_t offset() const { return offset_; }
  void commit();

 private:
  void flush();
  fs::path path_, temporary_;
  int descriptor_ = -1;
  std::uint64_t offset_ = 0;
  std::string buffer_;
};

// A directory that appears under `path` only on commit(): fill path(), then commit.
// An existing directory of that name is an error; one is never overwritten. Missing parents are
// created. commit() fsyncs every file inside.
class AtomicDirectory {
 public:
  explicit AtomicDirectory(const fs::path& path);
  ~AtomicDirectory();
  AtomicDirectory(const AtomicDirectory&) = delete;
  AtomicDirectory& operator=(const AtomicDirectory&) = delete;

  const fs::path& path() const { return temporary_; }
  void commit();

 private:
  fs::path final_, temporary_;
  bool committed_ = false;
};

// Moves a finished directory to its final name: fsync of every file, rename, fsync of the parents.
// `to` must not exist.
void publish_directory(const fs::path& from, const fs::path& to);
// Deletes what a killed process left behind below `directory` under the hidden names that
// AtomicFile and AtomicDirectory write to.
void remove_abandoned(const fs::path& directory);

// Makes `link` point to `target` (relative to the link's folder), replacing it atomically.
void replace_symlink(const fs::path& target, const fs::path& link);

// Appends one line to a log-like file and flushes it (metrics.jsonl); not atomic across crashes.
void append_line(const fs::path& path, std::string_view line);

// Tests only: while alive, the process's next writes through this file fail with ENOSPC after
// `bytes` more bytes, as on a full disk.
class ScopedWriteFault {
 public:
  explicit ScopedWriteFault(std::uint64_t bytes);
  ~ScopedWriteFault();
};

}  // namespace lucie
