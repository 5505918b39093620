// Compressed text in and out: plain, gzip, zstd, xz and bzip2, told apart by their first bytes when
// reading and by the file name's extension when writing.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/file.h"

namespace lucie {

// Reads a possibly compressed file line by line, in bounded memory.
class LineReader {
 public:
  static constexpr std::size_t kMaxLineBytes = std::size_t{1} << 28;

  explicit LineReader(const fs::path& path, std::size_t max_line = kMaxLineBytes);
  ~LineReader();
  // Without the newline; false at the end. A line of more than `max_line` bytes and damaged
  // compressed data throw Error{kCorrupt}; called again, it goes on with the next line, or at the
  // next member or frame that can be read (whose first line may be the end of one that is lost).
  bool next(std::string& line);
  // Of the line last read or refused; behind lost data it counts the lines that were seen.
  std::uint64_t line_number() const { return line_number_; }
  std::string place() const;  // "path:line", for errors

 private:
  struct Source;
  std::unique_ptr<Source> source_;
  fs::path path_;
  std::size_t max_line_;
  std::uint64_t line_number_ = 0;
};

// The whole decompressed contents. More than `limit` bytes is an error (a hostile archive).
std::string read_decompressed(const fs::path& path, std::uint64_t limit = std::uint64_t{1} << 32);

// Writes text, compressed when the name ends in .zst or .gz; visible only after commit().
class TextWriter {
 public:
  explicit TextWriter(const fs::path& path, int level = 6);
  ~TextWriter();
  void write(std::string_view text);
  void commit();

 private:
  struct Sink;
  std::unique_ptr<Sink> sink_;
};

}  // namespace lucie
