// Inside base/ only: the bytes of a compressed file, as a window that decoders consume.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/posix.h"

namespace lucie {

class CompressedInput {
 public:
  explicit CompressedInput(const fs::path& path);

  std::string_view window() const { return {buffer_.data() + begin_, end_ - begin_}; }
  void consume(std::size_t count) { begin_ += count; }
  std::uint64_t offset() const { return read_ - (end_ - begin_); }  // of the window in the file
  // Reads on when the window is empty; false at the end of the file.
  bool available();

  // Moves the window to the next place behind `start` where `is_start` holds of the bytes from
  // there on (at least 16, or all that are left). It goes back to `start` as long as all going back
  // adds up to no more than the file's size, so that hostile files cost twice their size at most.
  bool find_behind(std::uint64_t start, bool (*is_start)(std::string_view));

  [[noreturn]] void fail_corrupt(const std::string& reason) const;
  [[noreturn]] void fail_truncated() const { fail_corrupt("the compressed data ends too early"); }

 private:
  void refill();  // keeps what the window holds
  bool seek(std::uint64_t offset);

  fs::path path_;
  posix::Descriptor file_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;
  std::uint64_t read_ = 0;       // offset behind the window
  std::uint64_t farthest_ = 0;   // that was ever read
  std::uint64_t gone_back_ = 0;  // bytes in all
};

}  // namespace lucie
