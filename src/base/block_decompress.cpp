#include "base/block_decompress.h"

#include <zlib.h>
#include <zstd.h>

#include <limits>

#include "base/error.h"

namespace lucie {
namespace {

class Inflater {
 public:
  Inflater() {
    // 15 bits of window, +32: a gzip or a zlib header.
    if (inflateInit2(&stream, 15 + 32) != Z_OK) {
      fail(ErrorCode::kOutOfMemory, "no memory to decompress gzip");
    }
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  z_stream stream{};
};

}  // namespace

void decompress_gzip(std::span<const std::byte> in, std::span<std::byte> out,
                     const std::string& place) {
  constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
  if (in.size() > kMost || out.size() > kMost) {
    fail(ErrorCode::kUnsupported, "gzip block of more than 4 GB", place);
  }
  Inflater inflater;
  z_stream& stream = inflater.stream;
  std::byte none{};  // an empty block has no address of its own
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in.data()));
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.empty() ? &none : out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  int result = Z_OK;
  for (;;) {
    result = inflate(&stream, Z_FINISH);
    if (result != Z_STREAM_END || stream.avail_in == 0) break;
    inflateReset(&stream);
  }
  if (result != Z_STREAM_END) {
    fail(ErrorCode::kCorrupt, "damaged gzip block", place);
  }
  if (stream.avail_out != 0) {
    fail(ErrorCode::kCorrupt, "gzip block is shorter than stated", place);
  }
}

void decompress_zstd(std::span<const std::byte> in, std::span<std::byte> out,
                     const std::string& place) {
  const std::size_t got = ZSTD_decompress(out.data(), out.size(), in.data(), in.size());
  if (ZSTD_isError(got) != 0) {
    fail(ErrorCode::kCorrupt, std::string("damaged zstd block: ") + ZSTD_getErrorName(got), place);
  }
  if (got != out.size()) fail(ErrorCode::kCorrupt, "zstd block is shorter than stated", place);
}

}  // namespace lucie
