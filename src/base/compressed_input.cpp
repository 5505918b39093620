#include "base/compressed_input.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "base/error.h"

namespace lucie {

namespace {

constexpr std::size_t kInputBytes = std::size_t{1} << 17;
constexpr std::size_t kStartBytes = 16;  // that tell the start of any format

}  // namespace

CompressedInput::CompressedInput(const fs::path& path)
    : path_(path), file_(path, O_RDONLY, "open"), buffer_(kInputBytes) {
  refill();
}

bool CompressedInput::available() {
  if (begin_ == end_) refill();
  return begin_ < end_;
}

void CompressedInput::refill() {
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
            buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
  end_ -= begin_;
  begin_ = 0;
  while (end_ < buffer_.size()) {
    const ssize_t got = ::read(file_.get(), buffer_.data() + end_, buffer_.size() - end_);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) posix::fail_errno(errno, "read", path_);
    if (got == 0) break;
    end_ += static_cast<std::size_t>(got);
    read_ += static_cast<std::uint64_t>(got);
  }
  farthest_ = std::max(farthest_, read_);
}

bool CompressedInput::seek(std::uint64_t offset) {
  if (::lseek(file_.get(), static_cast<off_t>(offset), SEEK_SET) < 0) return false;  // a pipe
  begin_ = end_ = 0;
  read_ = offset;
  return true;
}

bool CompressedInput::find_behind(std::uint64_t start, bool (*is_start)(std::string_view)) {
  const std::uint64_t back = offset() > start ? offset() - start - 1 : 0;
  if (gone_back_ + back <= farthest_ && seek(start + 1)) {
    gone_back_ += back;
  } else if (offset() <= start && begin_ < end_) {
    ++begin_;
  }
  for (;;) {
    if (window().size() < kStartBytes) refill();
    if (window().empty()) return false;
    const std::size_t last =
        window().size() < kStartBytes ? window().size() : window().size() - kStartBytes + 1;
    for (std::size_t i = 0; i < last; ++i, ++begin_) {
      if (is_start(window())) return true;
    }
  }
}

void CompressedInput::fail_corrupt(const std::string& reason) const {
  fail(ErrorCode::kCorrupt, reason, path_.string(), "the file is damaged: get it again");
}

}  // namespace lucie
