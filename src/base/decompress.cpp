#include "base/decompress.h"

#include <bzlib.h>
#include <isa-l/igzip_lib.h>
#include <lzma.h>
#include <zstd.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "base/compressed_input.h"
#include "base/error.h"

namespace lucie {
namespace {

constexpr std::size_t kStepBytes = std::size_t{1} << 20;          // that a decoder gives at once
constexpr std::uint64_t kXzMemoryBytes = std::uint64_t{1} << 28;  // xz -9 needs 65 MB

bool starts_gzip(std::string_view head) {
  // Method deflate and no reserved flag.
  return head.starts_with("\x1F\x8B\x08") && head.size() > 3 && (head[3] & 0xE0) == 0;
}

bool starts_zstd(std::string_view head) {
  return head.starts_with("\x28\xB5\x2F\xFD");
}

bool starts_xz(std::string_view head) {
  return head.starts_with(std::string_view("\xFD\x37\x7A\x58\x5A\0", 6));
}

bool starts_bzip2(std::string_view head) {
  if (!head.starts_with("BZh") || head.size() < 10 || head[3] < '1' || head[3] > '9') return false;
  const std::string_view block = head.substr(4, 6);  // the first, or the end of an empty one
  return block == "1AY&SY" || block == "\x17\x72\x45\x38\x50\x90";
}

// What the formats share: members in a row, of which a damaged one may be passed over.
class MemberSource : public ByteSource {
 public:
  MemberSource(std::unique_ptr<CompressedInput> input, bool (*is_start)(std::string_view))
      : input_(std::move(input)), is_start_(is_start) {}

  std::size_t read(std::span<char> out) final {
    for (;;) {
      const bool more = input_->available();
      if (!inside_) {
        if (!more) return 0;
        begin();
      }
      // Without input there may still be output within the decoder.
      const std::size_t produced = step(out.first(std::min(out.size(), kStepBytes)));
      if (produced > 0) return produced;
      if (!more && inside_) input_->fail_truncated();
    }
  }

  bool recover() final {
    if (!input_->find_behind(member_, is_start_)) return false;
    begin();
    return true;
  }
  std::uint64_t member() const final { return member_; }

 protected:
  virtual void restart() = 0;                            // the decoder, at the start of a member
  virtual std::size_t step(std::span<char> output) = 0;  // bytes given
  void end_member() { inside_ = false; }

  std::unique_ptr<CompressedInput> input_;

 private:
  void begin() {
    member_ = input_->offset();
    inside_ = true;
    restart();
  }

  bool (*is_start_)(std::string_view);
  std::uint64_t member_ = 0;
  bool inside_ = false;  // a member has begun and not ended
};

class PlainSource final : public ByteSource {
 public:
  explicit PlainSource(std::unique_ptr<CompressedInput> input) : input_(std::move(input)) {}

  std::size_t read(std::span<char> out) override {
    if (!input_->available()) return 0;
    const std::size_t count = input_->window().copy(out.data(), out.size());
    input_->consume(count);
    return count;
  }
  bool recover() override { return false; }  // it never throws
  std::uint64_t member() const override { return 0; }

 private:
  std::unique_ptr<CompressedInput> input_;
};

const char* gzip_reason(int result) {
  switch (result) {
    case ISAL_INVALID_WRAPPER:
      return "incorrect header";
    case ISAL_UNSUPPORTED_METHOD:
      return "unknown compression method";
    case ISAL_INCORRECT_CHECKSUM:
      return "incorrect checksum";
    default:
      return "invalid block";
  }
}

// ISA-L reads gzip three times as fast as zlib. It looks ahead by eight bytes at most, which are
// the trailer: what it takes belongs to the member.
class GzipSource final : public MemberSource {
 public:
  explicit GzipSource(std::unique_ptr<CompressedInput> input)
      : MemberSource(std::move(input), starts_gzip) {}

 private:
  void restart() override {
    isal_inflate_init(stream_.get());
    stream_->crc_flag = ISAL_GZIP_NO_HDR_VER;  // the trailer is checked
    isal_gzip_header_init(&header_);
  }

  std::size_t step(std::span<char> out) override {
    const std::string_view window = input_->window();
    stream_->next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(window.data()));
    stream_->avail_in = static_cast<std::uint32_t>(window.size());
    stream_->next_out = reinterpret_cast<std::uint8_t*>(out.data());
    stream_->avail_out = static_cast<std::uint32_t>(out.size());
    const int result = decode();
    // At damage ISA-L may count below zero.
    input_->consume(window.size() - (stream_->avail_in > window.size() ? 0 : stream_->avail_in));
    if (result < 0) {
      input_->fail_corrupt(std::string("damaged gzip data: ") + gzip_reason(result));
    }
    if (stream_->block_state == ISAL_BLOCK_FINISH) end_member();
    return out.size() - stream_->avail_out;
  }

  int decode() {
    if (stream_->wrapper_flag == 0) {  // apart, since isal_inflate() forgets what a cut header said
      const int result = isal_read_gzip_header(stream_.get(), &header_);
      if (result != ISAL_DECOMP_OK) return result;
    }
    return isal_inflate(stream_.get());
  }

  std::unique_ptr<inflate_state> stream_ = std::make_unique<inflate_state>();
  isal_gzip_header header_{};
};

class ZstdSource final : public MemberSource {
 public:
  explicit ZstdSource(std::unique_ptr<CompressedInput> input)
      : MemberSource(std::move(input), starts_zstd) {}

 private:
  void restart() override { ZSTD_DCtx_reset(stream_.get(), ZSTD_reset_session_only); }

  std::size_t step(std::span<char> out) override {
    const std::string_view window = input_->window();
    ZSTD_inBuffer in{window.data(), window.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    const std::size_t pending = ZSTD_decompressStream(stream_.get(), &output, &in);
    input_->consume(in.pos);
    if (ZSTD_isError(pending) != 0) {
      input_->fail_corrupt(std::string("damaged zstd data: ") + ZSTD_getErrorName(pending));
    }
    if (pending == 0) end_member();
    return output.pos;
  }

  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };
  std::unique_ptr<ZSTD_DStream, Free> stream_{ZSTD_createDStream()};
};

class XzSource final : public MemberSource {
 public:
  explicit XzSource(std::unique_ptr<CompressedInput> input)
      : MemberSource(std::move(input), starts_xz) {}
  ~XzSource() override { lzma_end(&stream_); }
  XzSource(const XzSource&) = delete;
  XzSource& operator=(const XzSource&) = delete;

 private:
  void restart() override {
    if (lzma_stream_decoder(&stream_, kXzMemoryBytes, 0) != LZMA_OK) {
      fail(ErrorCode::kOutOfMemory, "no memory to decompress xz");
    }
  }

  std::size_t step(std::span<char> out) override {
    const std::string_view window = input_->window();
    if (stream_.total_in == 0 && window.starts_with('\0')) {  // padding between streams
      input_->consume(std::min(window.find_first_not_of('\0'), window.size()));
      end_member();
      return 0;
    }
    stream_.next_in = reinterpret_cast<const std::uint8_t*>(window.data());
    stream_.avail_in = window.size();
    stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    stream_.avail_out = out.size();
    const lzma_ret result = lzma_code(&stream_, LZMA_RUN);
    input_->consume(window.size() - stream_.avail_in);
    if (result == LZMA_STREAM_END) {
      end_member();
    } else if (result == LZMA_MEMLIMIT_ERROR) {
      input_->fail_corrupt("xz data asks for more memory than is reasonable");
    } else if (result != LZMA_OK && result != LZMA_BUF_ERROR) {
      input_->fail_corrupt("damaged xz data");
    }
    return out.size() - stream_.avail_out;
  }

  lzma_stream stream_ = LZMA_STREAM_INIT;
};

class Bzip2Source final : public MemberSource {
 public:
  explicit Bzip2Source(std::unique_ptr<CompressedInput> input)
      : MemberSource(std::move(input), starts_bzip2) {}
  ~Bzip2Source() override { BZ2_bzDecompressEnd(&stream_); }
  Bzip2Source(const Bzip2Source&) = delete;
  Bzip2Source& operator=(const Bzip2Source&) = delete;

 private:
  void restart() override {
    BZ2_bzDecompressEnd(&stream_);  // of the member before, if there was one
    stream_ = {};
    if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) {
      fail(ErrorCode::kOutOfMemory, "no memory to decompress bzip2");
    }
  }

  std::size_t step(std::span<char> out) override {
    const std::string_view window = input_->window();
    stream_.next_in = const_cast<char*>(window.data());
    stream_.avail_in = static_cast<unsigned>(window.size());
    stream_.next_out = out.data();
    stream_.avail_out = static_cast<unsigned>(out.size());
    const int result = BZ2_bzDecompress(&stream_);
    input_->consume(window.size() - stream_.avail_in);
    if (result == BZ_STREAM_END) {
      end_member();
    } else if (result != BZ_OK) {
      input_->fail_corrupt("damaged bzip2 data");
    }
    return out.size() - stream_.avail_out;
  }

  bz_stream stream_{};
};

bool is_zstd(std::string_view head) {
  if (starts_zstd(head)) return true;
  // A skippable frame: magic 0x184D2A50 to 0x184D2A5F, little-endian.
  return head.size() >= 4 && (static_cast<unsigned char>(head[0]) & 0xF0U) == 0x50U &&
         head.substr(1, 3) == "\x2A\x4D\x18";
}

}  // namespace

std::unique_ptr<ByteSource> open_byte_source(const fs::path& path) {
  auto input = std::make_unique<CompressedInput>(path);
  const std::string_view head = input->window();
  if (head.starts_with("\x1F\x8B")) return std::make_unique<GzipSource>(std::move(input));
  if (is_zstd(head)) return std::make_unique<ZstdSource>(std::move(input));
  if (starts_xz(head)) return std::make_unique<XzSource>(std::move(input));
  if (starts_bzip2(head)) return std::make_unique<Bzip2Source>(std::move(input));
  return std::make_unique<PlainSource>(std::move(input));
}

}  // namespace lucie
