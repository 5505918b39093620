#include "base/stream.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/decompress.h"
#include "base/error.h"

namespace lucie {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{1} << 17;

}  // namespace

struct LineReader::Source {
  explicit Source(const fs::path& path) : bytes(open_byte_source(path)), buffer(kChunkBytes) {}
  bool refill() {
    if (lost && !bytes->recover()) return false;
    begin = end = 0;
    lost = true;
    end = bytes->read(buffer);
    lost = false;
    return end > 0;
  }

  std::unique_ptr<ByteSource> bytes;
  std::vector<char> buffer;
  std::size_t begin = 0, end = 0;
  bool lost = false;  // reading has failed
};

LineReader::LineReader(const fs::path& path, std::size_t max_line)
    : source_(std::make_unique<Source>(path)), path_(path), max_line_(max_line) {}

LineReader::~LineReader() = default;

bool LineReader::next(std::string& line) {
  line.clear();
  Source& source = *source_;
  ++line_number_;
  if (source.begin == source.end && !source.refill()) {
    --line_number_;
    return false;
  }
  bool too_long = false;
  for (bool more = true; more; more = source.refill()) {
    const std::string_view window(source.buffer.data() + source.begin, source.end - source.begin);
    const std::size_t newline = window.find('\n');
    const std::string_view part = window.substr(0, newline);
    too_long = too_long || part.size() > max_line_ - line.size();
    if (!too_long) line += part;
    if (newline == window.npos) continue;
    source.begin += newline + 1;
    break;
  }
  if (too_long) {
    line = std::string();
    fail(ErrorCode::kCorrupt, "line of more than " + std::to_string(max_line_) + " bytes", place());
  }
  return true;
}

std::string LineReader::place() const {
  return path_.string() + ":" + std::to_string(line_number_);
}

std::string read_decompressed(const fs::path& path, std::uint64_t limit) {
  const std::unique_ptr<ByteSource> source = open_byte_source(path);
  std::string contents;
  std::vector<char> chunk(kChunkBytes);
  while (const std::size_t got = source->read(chunk)) {
    if (got > limit - contents.size()) {
      fail(ErrorCode::kCorrupt, "holds more than " + std::to_string(limit) + " bytes",
           path.string());
    }
    contents.append(chunk.data(), got);
  }
  return contents;
}

namespace {

// One compressor over an AtomicFile: encode() takes input and, with `last`, ends the stream.
class Encoder {
 public:
  explicit Encoder(const fs::path& path) : file(path), chunk(kChunkBytes) {}
  virtual ~Encoder() = default;
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  virtual void encode(std::string_view text, bool last) = 0;

  AtomicFile file;
  std::vector<char> chunk;
};

class PlainEncoder final : public Encoder {
 public:
  using Encoder::Encoder;
  void encode(std::string_view text, bool) override { file.write(text); }
};

class GzipEncoder final : public Encoder {
 public:
  GzipEncoder(const fs::path& path, int level) : Encoder(path) {
    // zlib's own header: no name, no time, so the same text gives the same bytes.
    if (deflateInit2(&stream_, std::clamp(level, 1, 9), Z_DEFLATED, 15 + 16, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      fail(ErrorCode::kOutOfMemory, "no memory to compress with gzip", path.string());
    }
  }
  ~GzipEncoder() override { deflateEnd(&stream_); }

  void encode(std::string_view text, bool last) override {
    do {
      const std::string_view piece = text.substr(0, kChunkBytes);
      text.remove_prefix(piece.size());
      encode_piece(piece, last && text.empty() ? Z_FINISH : Z_NO_FLUSH);
    } while (!text.empty());
  }

 private:
  void encode_piece(std::string_view piece, int flush) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream_.avail_in = static_cast<uInt>(piece.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(chunk.data());
      stream_.avail_out = static_cast<uInt>(chunk.size());
      deflate(&stream_, flush);
      file.write(std::string_view(chunk.data(), chunk.size() - stream_.avail_out));
    } while (stream_.avail_out == 0);
  }

  z_stream stream_{};
};

class ZstdEncoder final : public Encoder {
 public:
  ZstdEncoder(const fs::path& path, int level) : Encoder(path), context_(ZSTD_createCCtx()) {
    if (!context_) fail(ErrorCode::kOutOfMemory, "no memory to compress with zstd", path.string());
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel,
                           std::clamp(level, 1, ZSTD_maxCLevel()));
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
  }

  void encode(std::string_view text, bool last) override {
    ZSTD_inBuffer in{text.data(), text.size(), 0};
    for (std::size_t remaining = 1; last ? remaining != 0 : in.pos < in.size;) {
      ZSTD_outBuffer out{chunk.data(), chunk.size(), 0};
      remaining =
          ZSTD_compressStream2(context_.get(), &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
      if (ZSTD_isError(remaining) != 0) {
        fail(ErrorCode::kInternal, std::string("zstd: ") + ZSTD_getErrorName(remaining));
      }
      file.write(std::string_view(chunk.data(), out.pos));
    }
  }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> context_;
};

}  // namespace

struct TextWriter::Sink {
  std::unique_ptr<Encoder> encoder;
};

TextWriter::TextWriter(const fs::path& path, int level) : sink_(std::make_unique<Sink>()) {
  const std::string extension = path.extension().string();
  if (extension == ".zst") {
    sink_->encoder = std::make_unique<ZstdEncoder>(path, level);
  } else if (extension == ".gz") {
    sink_->encoder = std::make_unique<GzipEncoder>(path, level);
  } else if (extension == ".xz") {
    fail(ErrorCode::kUnsupported, "cannot write xz", path.string(), "use .zst or .gz");
  } else {
    sink_->encoder = std::make_unique<PlainEncoder>(path);
  }
}

TextWriter::~TextWriter() = default;

void TextWriter::write(std::string_view text) {
  sink_->encoder->encode(text, false);
}

void TextWriter::commit() {
  sink_->encoder->encode({}, true);
  sink_->encoder->file.commit();
}

}  // namespace lucie
