// A file of sorted words with their counts, which lives as long as one training: each word as the
// length that it shares with the one before, the rest, and the count (numbers in base 128, low
// digits first). Internal to the trainers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/file.h"

namespace lucie::training {

class WordRunWriter {
 public:
  explicit WordRunWriter(const fs::path& path) : file_(path) {}
  void add(std::string_view word, std::uint64_t count);  // in rising order
  void commit() { file_.commit(); }

 private:
  AtomicFile file_;
  std::string before_, record_;
};

class WordRunReader {
 public:
  explicit WordRunReader(const fs::path& path) : file_(path) {}
  // False at the end. A file that was damaged meanwhile is Error{kCorrupt}.
  bool next();
  std::string_view word() const { return word_; }
  std::uint64_t count() const { return count_; }

 private:
  std::uint64_t number();
  MappedFile file_;
  std::size_t at_ = 0, released_ = 0;
  std::string word_;
  std::uint64_t count_ = 0;
};

}  // namespace lucie::training
