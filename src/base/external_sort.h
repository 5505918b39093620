// Sorts more records than memory holds: buffers of them are sorted and written as runs into one
// nameless file (nothing is left behind by a kill), and the runs are merged while they are read.
//
// The order of the records is total: two that compare equal are the same bytes. So the sequence
// that comes out is a function of the records alone, for any memory, number of threads and order
// of adding.
//
//   struct Seen {
//     std::uint64_t hash, ordinal;
//     std::uint64_t sort_key() const { return hash; }
//     auto operator<=>(const Seen&) const = default;
//   };
//   ExternalSort<Seen> sort(work_folder, 256 << 20, pool);
//   sort.add({hash, ordinal});
//   while (const Seen* seen = sort.next()) ...
#pragma once

#include <algorithm>
#include <bit>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/error.h"
#include "base/file.h"
#include "base/thread_pool.h"

namespace lucie {

namespace posix {
class Descriptor;
}

// sort_key() is the front of the order: a < b implies a.sort_key() <= b.sort_key(). The more it
// tells apart, the faster the sort.
template <typename T>
concept SortRecord = std::is_trivially_copyable_v<T> &&
    std::has_unique_object_representations_v<T> && std::default_initializable<T> &&
    std::three_way_comparable<T> && requires(const T& record) {
  { record.sort_key() } -> std::same_as<std::uint64_t>;
};

// A file without a name in `folder`, that several threads may write and read at once.
class ScratchFile {
 public:
  explicit ScratchFile(const fs::path& folder);
  ~ScratchFile();
  void write(std::uint64_t offset, std::span<const std::byte> bytes);  // a full disk is kIo
  void read(std::uint64_t offset, std::span<std::byte> bytes) const;

 private:
  fs::path folder_;
  std::unique_ptr<posix::Descriptor> file_;
};

// In place: by bytes of the key from the highest one on which they differ, then by comparison.
template <SortRecord T>
void sort_records(std::span<T> records) {
  constexpr std::size_t kCompare = 1024;  // fewer are sorted faster by comparing
  std::uint64_t differing = 0;
  for (const T& record : records) differing |= record.sort_key() ^ records.front().sort_key();
  if (records.size() <= kCompare || differing == 0) {
    std::sort(records.begin(), records.end());
    return;
  }
  const int shift = std::max(static_cast<int>(std::bit_width(differing)) - 8, 0);
  const auto digit = [shift](const T& record) { return (record.sort_key() >> shift) & 255; };
  std::size_t head[256], end[256] = {};
  for (const T& record : records) ++end[digit(record)];
  std::size_t sum = 0;
  for (std::size_t i = 0; i < 256; ++i) {
    head[i] = sum;
    sum += end[i];
    end[i] = sum;
  }
  for (std::size_t i = 0, start = 0; i < 256; start = end[i++]) {
    while (head[i] < end[i]) {
      T record = records[head[i]];
      for (std::uint64_t d = digit(record); d != i; d = digit(record)) {
        std::swap(record, records[head[d]++]);
      }
      records[head[i]++] = record;
    }
    sort_records(records.subspan(start, end[i] - start));
  }
}

template <SortRecord T>
class ExternalSort {
 public:
  // At most `memory` bytes are used (but room for some records at least). Files go to `folder`,
  // which exists, once the memory is full. `pool` must outlive the sort.
  ExternalSort(fs::path folder, std::uint64_t memory, ThreadPool& pool)
      : folder_(std::move(folder)), memory_(memory), pool_(&pool) {
    capacity_ = std::max<std::size_t>(memory / sizeof(T), 2);
  }

  void add(const T& record) {
    LUCIE_ASSERT(!sorted_);
    if (buffer_.size() == capacity_) spill();
    if (buffer_.size() == buffer_.capacity()) grow();
    buffer_.push_back(record);
    ++size_;
  }
  std::uint64_t size() const { return size_; }  // records added

  // In order, equal ones too; nullptr after the last. The pointer is good until the next call.
  const T* next() {
    if (!sorted_) start_reading();
    if (!heap_.empty() && primed_) advance();
    primed_ = true;
    return heap_.empty() ? nullptr : heap_.front()->at;
  }

 private:
  struct Run {  // sorted records in the file
    std::uint64_t offset = 0, records = 0;
  };
  struct Cursor {  // on a run, or on a sorted part of the buffer
    const T* at = nullptr;
    const T* end = nullptr;
    Run rest;  // not yet read
    std::vector<T> block;
  };

  static bool after(const Cursor* a, const Cursor* b) { return *b->at < *a->at; }

  // Memory is touched as it fills, so a small sort takes little; it is reserved in one piece only
  // when it is large, since growing holds the old and the new at once.
  void grow() {
    const bool large = buffer_.size() >= capacity_ / 8;
    buffer_.reserve(large ? capacity_ : std::max<std::size_t>(2 * buffer_.size(), 64));
  }

  // The buffer as sorted parts, one per thread.
  std::vector<std::span<T>> sort_buffer() {
    check_cancelled();
    const std::size_t parts =
        std::min<std::size_t>(static_cast<std::size_t>(pool_->size()), 1 + buffer_.size() / 4096);
    std::vector<std::span<T>> spans;
    for (std::size_t i = 0; i < parts; ++i) {
      const std::size_t begin = buffer_.size() * i / parts;
      const std::size_t end = buffer_.size() * (i + 1) / parts;
      spans.push_back(std::span<T>(buffer_).subspan(begin, end - begin));
    }
    pool_->run(static_cast<std::int64_t>(parts),
               [&](std::int64_t i, int) { sort_records(spans[static_cast<std::size_t>(i)]); });
    return spans;
  }

  void spill() {
    const std::vector<std::span<T>> parts = sort_buffer();
    if (!file_) file_ = std::make_unique<ScratchFile>(folder_);
    const std::uint64_t start = file_bytes_;
    for (const std::span<T>& part : parts) {
      runs_.push_back({file_bytes_, part.size()});
      file_bytes_ += part.size_bytes();
    }
    pool_->run(static_cast<std::int64_t>(parts.size()), [&](std::int64_t i, int) {
      const std::span<T>& part = parts[static_cast<std::size_t>(i)];
      const auto before = static_cast<std::uint64_t>(part.data() - buffer_.data());
      file_->write(start + before * sizeof(T), std::as_bytes(part));
    });
    buffer_.clear();
  }

  void start_reading() {
    sorted_ = true;
    if (runs_.empty()) {
      for (const std::span<T>& part : sort_buffer()) {
        cursors_.push_back({part.data(), part.data() + part.size(), {}, {}});
      }
      start_merge();
      return;
    }
    if (!buffer_.empty()) spill();
    std::vector<T>().swap(buffer_);
    // Below 64 kB per run a disk only seeks: then runs are merged into longer ones first.
    const std::size_t fan_in = std::max<std::size_t>(memory_ >> 16, 2);
    while (runs_.size() > fan_in) merge_runs(fan_in);
    open_runs(runs_);
  }

  void merge_runs(std::size_t fan_in) {
    auto merged = std::make_unique<ScratchFile>(folder_);
    std::vector<Run> longer;
    std::uint64_t bytes = 0;
    std::vector<T> out;
    const std::size_t room = block_records(fan_in);
    for (std::size_t first = 0; first < runs_.size(); first += fan_in) {
      check_cancelled();
      const std::size_t count = std::min(fan_in, runs_.size() - first);
      open_runs({runs_.begin() + static_cast<std::ptrdiff_t>(first),
                 runs_.begin() + static_cast<std::ptrdiff_t>(first + count)});
      longer.push_back({bytes, 0});
      for (; !heap_.empty(); advance()) {
        out.push_back(*heap_.front()->at);
        ++longer.back().records;
        if (out.size() == room) {
          merged->write(bytes, std::as_bytes(std::span<const T>(out)));
          bytes += out.size() * sizeof(T);
          out.clear();
        }
      }
      merged->write(bytes, std::as_bytes(std::span<const T>(out)));
      bytes += out.size() * sizeof(T);
      out.clear();
    }
    file_ = std::move(merged);
    runs_ = std::move(longer);
  }

  // Of the memory shared by `runs` that are read and one that is written.
  std::size_t block_records(std::size_t runs) const {
    return std::clamp<std::size_t>(memory_ / sizeof(T) / (runs + 1), 1, (4 << 20) / sizeof(T) + 1);
  }

  void open_runs(const std::vector<Run>& runs) {
    cursors_.clear();
    cursors_.reserve(runs.size());
    for (const Run& run : runs) {
      cursors_.push_back({nullptr, nullptr, run, std::vector<T>(block_records(runs.size()))});
      refill(&cursors_.back());
    }
    start_merge();
  }

  bool refill(Cursor* cursor) {
    const std::size_t count = std::min<std::uint64_t>(cursor->rest.records, cursor->block.size());
    if (count == 0) return false;
    file_->read(cursor->rest.offset,
                std::as_writable_bytes(std::span<T>(cursor->block).first(count)));
    cursor->rest = {cursor->rest.offset + count * sizeof(T), cursor->rest.records - count};
    cursor->at = cursor->block.data();
    cursor->end = cursor->at + count;
    return true;
  }

  void start_merge() {
    heap_.clear();
    for (Cursor& cursor : cursors_) {
      if (cursor.at != cursor.end) heap_.push_back(&cursor);
    }
    std::make_heap(heap_.begin(), heap_.end(), after);
  }

  // Moves the foremost cursor on and sifts it down to its place.
  void advance() {
    Cursor* moved = heap_.front();
    if (++moved->at == moved->end && !refill(moved)) {
      moved = heap_.back();
      heap_.pop_back();
      if (heap_.empty()) return;
    }
    std::size_t hole = 0;
    for (std::size_t child = 1; child < heap_.size(); child = 2 * hole + 1) {
      if (child + 1 < heap_.size() && after(heap_[child], heap_[child + 1])) ++child;
      if (!after(moved, heap_[child])) break;
      heap_[hole] = heap_[child];
      hole = child;
    }
    heap_[hole] = moved;
  }

  fs::path folder_;
  std::uint64_t memory_;
  ThreadPool* pool_;
  std::size_t capacity_;
  std::vector<T> buffer_;
  std::uint64_t size_ = 0, file_bytes_ = 0;
  std::unique_ptr<ScratchFile> file_;
  std::vector<Run> runs_;
  std::vector<Cursor> cursors_;
  std::vector<Cursor*> heap_;  // the foremost record first
  bool sorted_ = false, primed_ = false;
};

}  // namespace lucie
