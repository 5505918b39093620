// How often each training word of a corpus occurs, counted by many threads under a limit of memory.
// What does not fit goes to sorted files; at the end everything is merged in order of the words'
// bytes, so that what follows depends neither on threads nor on the limit. Counts have 64 bits.
// Internal to the trainers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"

namespace lucie::training {

// Open addressing over one arena of bytes: about 30 bytes a word besides its text.
class WordTable {
 public:
  struct Entry {
    std::uint64_t hash = 0, offset = 0, count = 0;
    std::uint32_t length = 0;
  };

  WordTable();
  // Error{kUnsupported} for a word of 4 GB.
  void add(std::string_view word);

  std::size_t size() const { return entries_.size(); }
  std::uint64_t memory() const;  // bytes
  const Entry& entry(std::size_t index) const { return entries_[index]; }
  std::string_view text(const Entry& entry) const { return {&arena_[entry.offset], entry.length}; }
  std::vector<std::uint32_t> sorted() const;  // indices of entries in order of their bytes

 private:
  void grow();

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> slots_;  // index of the entry + 1; 0: free
  std::string arena_;
};

class WordCounts {
 public:
  // `memory`: bytes that the tables may take together. `scratch`: a folder in which the files go
  // under a hidden name, until this object does.
  WordCounts(int workers, std::uint64_t memory, fs::path scratch);

  // Each worker has a table of its own.
  void add(int worker, std::string_view word) {
    tables_[static_cast<std::size_t>(worker)].add(word);
  }
  // Between batches, while no worker adds: writes the tables out when they are too large.
  void settle();
  // After the last word, before for_each.
  void finish();
  bool empty() const;

  using Visit = std::function<void(std::string_view word, std::uint64_t count)>;
  // Every word once, in order of its bytes, with its count. May be called again.
  void for_each(const Visit& visit) const;
  void clear();  // gives memory and files back

 private:
  class Run;
  void spill();

  std::vector<WordTable> tables_;
  std::vector<std::vector<std::uint32_t>> orders_;  // by table, after finish()
  std::uint64_t memory_;
  fs::path scratch_;
  std::unique_ptr<AtomicDirectory> folder_;  // never committed
  std::vector<fs::path> files_;
};

}  // namespace lucie::training
