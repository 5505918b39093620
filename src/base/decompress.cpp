#include "base/decompress.h"

#include <fcntl.h>
#include <lzma.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/posix.h"

namespace lucie {
namespace {

constexpr std::size_t kInputBytes = std::size_t{1} << 17;
constexpr std::uint64_t kXzMemoryBytes = std::uint64_t{1} << 28;  // xz -9 needs 65 MB

// The compressed bytes: a window of the file that the decoders consume.
class Input {
 public:
  explicit Input(const fs::path& path)
      : path_(path), file_(path, O_RDONLY, "open"), buffer_(kInputBytes) {
    refill();
  }

  std::string_view window() const { return {buffer_.data() + begin_, end_ - begin_}; }
  void consume(std::size_t count) { begin_ += count; }

  // Reads on when the window is empty; false at the end of the file.
  bool available() {
    if (begin_ == end_) refill();
    return begin_ < end_;
  }

  [[noreturn]] void fail_corrupt(const std::string& reason) const {
    fail(ErrorCode::kCorrupt, reason, path_.string(), "the file is damaged: get it again");
  }
  [[noreturn]] void fail_truncated() const { fail_corrupt("the compressed data ends too early"); }

 private:
  void refill() {
    begin_ = end_ = 0;
    while (end_ < buffer_.size()) {
      const ssize_t got = ::read(file_.get(), buffer_.data() + end_, buffer_.size() - end_);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) posix::fail_errno(errno, "read", path_);
      if (got == 0) return;
      end_ += static_cast<std::size_t>(got);
    }
  }

  fs::path path_;
  posix::Descriptor file_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;
};

class PlainSource final : public ByteSource {
 public:
  explicit PlainSource(std::unique_ptr<Input> input) : input_(std::move(input)) {}

  std::size_t read(std::span<char> out) override {
    if (!input_->available()) return 0;
    const std::size_t count = input_->window().copy(out.data(), out.size());
    input_->consume(count);
    return count;
  }

 private:
  std::unique_ptr<Input> input_;
};

class GzipSource final : public ByteSource {
 public:
  explicit GzipSource(std::unique_ptr<Input> input) : input_(std::move(input)) {
    // 15 bits of window, +16: gzip headers and checksums only.
    if (inflateInit2(&stream_, 15 + 16) != Z_OK) {
      fail(ErrorCode::kOutOfMemory, "no memory to decompress gzip");
    }
  }
  ~GzipSource() override { inflateEnd(&stream_); }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

  std::size_t read(std::span<char> out) override {
    for (;;) {
      if (!input_->available() && !full_) {
        if (inside_) input_->fail_truncated();
        return 0;
      }
      if (!inside_) inflateReset(&stream_);
      inside_ = true;
      if (const std::size_t produced = step(out); produced > 0) return produced;
    }
  }

 private:
  std::size_t step(std::span<char> out) {
    const std::string_view window = input_->window();
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(window.data()));
    stream_.avail_in = static_cast<uInt>(window.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    const auto room = static_cast<uInt>(std::min(out.size(), kInputBytes * 8));
    stream_.avail_out = room;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    input_->consume(window.size() - stream_.avail_in);
    if (result == Z_STREAM_END) {
      inside_ = false;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      input_->fail_corrupt(std::string("damaged gzip data: ") +
                           (stream_.msg != nullptr ? stream_.msg : zError(result)));
    }
    full_ = inside_ && stream_.avail_out == 0;
    return room - stream_.avail_out;
  }

  std::unique_ptr<Input> input_;
  z_stream stream_{};
  bool inside_ = false;  // a member has begun and not ended
  bool full_ = false;    // the decoder may hold more output
};

class ZstdSource final : public ByteSource {
 public:
  explicit ZstdSource(std::unique_ptr<Input> input) : input_(std::move(input)) {}

  std::size_t read(std::span<char> out) override {
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    while (output.pos == 0) {
      // With output pending inside the decoder, it may give more without input.
      const bool more = input_->available();
      if (!more && pending_ == 0) return 0;
      const std::string_view window = input_->window();
      ZSTD_inBuffer in{window.data(), window.size(), 0};
      pending_ = ZSTD_decompressStream(stream_.get(), &output, &in);
      if (ZSTD_isError(pending_) != 0) {
        input_->fail_corrupt(std::string("damaged zstd data: ") + ZSTD_getErrorName(pending_));
      }
      input_->consume(in.pos);
      if (!more && output.pos == 0 && pending_ != 0) input_->fail_truncated();
    }
    return output.pos;
  }

 private:
  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };
  std::unique_ptr<Input> input_;
  std::unique_ptr<ZSTD_DStream, Free> stream_{ZSTD_createDStream()};
  std::size_t pending_ = 0;  // 0: between frames
};

class XzSource final : public ByteSource {
 public:
  explicit XzSource(std::unique_ptr<Input> input) : input_(std::move(input)) {
    if (lzma_stream_decoder(&stream_, kXzMemoryBytes, LZMA_CONCATENATED) != LZMA_OK) {
      fail(ErrorCode::kOutOfMemory, "no memory to decompress xz");
    }
  }
  ~XzSource() override { lzma_end(&stream_); }
  XzSource(const XzSource&) = delete;
  XzSource& operator=(const XzSource&) = delete;

  std::size_t read(std::span<char> out) override {
    stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    stream_.avail_out = out.size();
    while (!finished_ && stream_.avail_out == out.size()) {
      const bool more = input_->available();
      const std::string_view window = input_->window();
      stream_.next_in = reinterpret_cast<const std::uint8_t*>(window.data());
      stream_.avail_in = window.size();
      const lzma_ret result = lzma_code(&stream_, more ? LZMA_RUN : LZMA_FINISH);
      input_->consume(window.size() - stream_.avail_in);
      if (result == LZMA_STREAM_END) {
        finished_ = true;
      } else if (result == LZMA_BUF_ERROR) {
        input_->fail_truncated();
      } else if (result == LZMA_MEMLIMIT_ERROR) {
        input_->fail_corrupt("xz data asks for more memory than is reasonable");
      } else if (result != LZMA_OK) {
        input_->fail_corrupt("damaged xz data");
      }
    }
    return out.size() - stream_.avail_out;
  }

 private:
  std::unique_ptr<Input> input_;
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool finished_ = false;
};

bool is_zstd(std::string_view head) {
  if (head.starts_with("\x28\xB5\x2F\xFD")) return true;
  // A skippable frame: magic 0x184D2A50 to 0x184D2A5F, little-endian.
  return head.size() >= 4 && (static_cast<unsigned char>(head[0]) & 0xF0U) == 0x50U &&
         head.substr(1, 3) == "\x2A\x4D\x18";
}

}  // namespace

std::unique_ptr<ByteSource> open_byte_source(const fs::path& path) {
  auto input = std::make_unique<Input>(path);
  const std::string_view head = input->window();
  if (head.starts_with("\x1F\x8B")) return std::make_unique<GzipSource>(std::move(input));
  if (is_zstd(head)) return std::make_unique<ZstdSource>(std::move(input));
  if (head.starts_with(std::string_view("\xFD\x37\x7A\x58\x5A\0", 6))) {
    return std::make_unique<XzSource>(std::move(input));
  }
  return std::make_unique<PlainSource>(std::move(input));
}

}  // namespace lucie
