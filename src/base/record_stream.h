// Files of fixed-size records of the host, for work between passes: written in one go, read in
// order or from a place found by binary search. Not a format for others.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "base/file.h"

namespace lucie {

namespace posix {
class Descriptor;
}

template <typename T>
class RecordWriter {
  static_assert(std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>);

 public:
  explicit RecordWriter(const fs::path& path) : file_(path) {}
  void write(const T& record) { file_.write(std::as_bytes(std::span<const T, 1>(&record, 1))); }
  std::uint64_t records() const { return file_.offset() / sizeof(T); }
  void commit() { file_.commit(); }

 private:
  AtomicFile file_;
};

// Bytes of a file at any place.
class RandomFile {
 public:
  explicit RandomFile(const fs::path& path);
  ~RandomFile();
  RandomFile(RandomFile&&) noexcept;
  void read(std::uint64_t offset, std::span<std::byte> bytes) const;
  // In records of this size; a rest is kCorrupt.
  std::uint64_t records(std::size_t record_bytes) const;

 private:
  fs::path path_;
  std::unique_ptr<posix::Descriptor> file_;
};

template <typename T>
class RecordReader {
 public:
  explicit RecordReader(const fs::path& path) : file_(path), size_(file_.records(sizeof(T))) {}

  std::uint64_t size() const { return size_; }
  // nullptr at the end; good until the next call.
  const T* next() {
    if (const T* record = peek()) {
      ++at_;
      return record;
    }
    return nullptr;
  }
  const T* peek() {
    if (at_ < block_.size() || refill()) return &block_[at_];
    return nullptr;
  }
  // Goes to the first record for which `before(record)` no longer holds. The file is sorted so.
  template <typename Before>
  void seek(Before before) {
    std::uint64_t low = 0, high = size_;
    while (low < high) {
      const std::uint64_t middle = low + (high - low) / 2;
      T record;
      file_.read(middle * sizeof(T), std::as_writable_bytes(std::span<T, 1>(&record, 1)));
      if (before(record)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    next_ = low;
    block_.clear();
    at_ = 0;
  }

 private:
  bool refill() {
    constexpr std::uint64_t kBlock = std::max<std::uint64_t>((1 << 18) / sizeof(T), 1);
    block_.resize(static_cast<std::size_t>(std::min(kBlock, size_ - next_)));
    at_ = 0;
    if (block_.empty()) return false;
    file_.read(next_ * sizeof(T), std::as_writable_bytes(std::span<T>(block_)));
    next_ += block_.size();
    return true;
  }

  RandomFile file_;
  std::uint64_t size_, next_ = 0;  // next to be read into the block
  std::vector<T> block_;
  std::size_t at_ = 0;
};

}  // namespace lucie
