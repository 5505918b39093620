// Inside base/ only: system calls that throw Error, and the place where tests inject a full disk.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/file.h"

namespace lucie::posix {

// Throws Error for an errno: "cannot <action>: <reason>", with the path and what to do about it.
[[noreturn]] void fail_errno(int error, std::string_view action, const fs::path& path);

// The folder that holds `path`; "." for a bare name.
fs::path parent_of(const fs::path& path);

// "<folder>/.<name>.<process>-<attempt>.partial"
fs::path hidden_name(const fs::path& path, int attempt);
constexpr int kAttempts = 1000;  // leftovers of killed processes that had our process id

// open(), closed at the end of the scope.
class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags, std::string_view action);
  explicit Descriptor(int open) : value_(open) {}
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

// Writes all of `bytes`, at `offset` or, when that is negative, at the file's own position.
void write_all(int descriptor, std::string_view bytes, std::int64_t offset, const fs::path& path);
// Fills `bytes` from `offset` on; a file that ends before is kCorrupt.
void read_all(int descriptor, char* bytes, std::size_t size, std::uint64_t offset,
              const fs::path& path);
// Asks the system to begin writing those bytes to disk, and does not wait: what sync() waits for is
// then mostly done. A refusal costs time, not correctness.
void start_sync(int descriptor, std::uint64_t offset, std::uint64_t bytes) noexcept;
void sync(int descriptor, const fs::path& path);
void sync_directory(const fs::path& path);

}  // namespace lucie::posix
