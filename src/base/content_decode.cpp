#include "base/content_decode.h"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>

#include "base/error.h"
#include "base/text.h"

namespace lucie {

namespace {

using Chunk = std::array<char, std::size_t{1} << 16>;

void append(const Chunk& chunk, std::size_t size, std::size_t limit, std::string* contents) {
  if (size > limit - contents->size()) {
    fail(ErrorCode::kCorrupt, "compressed body of more than " + std::to_string(limit) + " bytes");
  }
  contents->append(chunk.data(), size);
}

// `window_bits` as inflateInit2 takes them: which header stands before the data.
std::string inflate_all(std::string_view bytes, int window_bits, std::size_t limit) {
  struct Stream : z_stream {
    Stream() : z_stream{} {}
    ~Stream() { inflateEnd(this); }
  } stream;
  if (inflateInit2(&stream, window_bits) != Z_OK) {
    fail(ErrorCode::kOutOfMemory, "no memory to decompress a body");
  }
  std::string contents;
  Chunk chunk;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in =
      static_cast<uInt>(std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max()));
  for (int result = Z_OK; result != Z_STREAM_END;) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    result = inflate(&stream, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END) {
      fail(ErrorCode::kCorrupt, "damaged or truncated gzip or deflate body");
    }
    append(chunk, chunk.size() - stream.avail_out, limit, &contents);
  }
  return contents;
}

std::string brotli_all(std::string_view bytes, std::size_t limit) {
  const std::unique_ptr<BrotliDecoderState, void (*)(BrotliDecoderState*)> state(
      BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), BrotliDecoderDestroyInstance);
  if (!state) fail(ErrorCode::kOutOfMemory, "no memory to decompress a body");
  std::string contents;
  Chunk chunk;
  auto next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
  std::size_t left = bytes.size();
  for (auto result = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
       result != BROTLI_DECODER_RESULT_SUCCESS;) {
    auto next_out = reinterpret_cast<std::uint8_t*>(chunk.data());
    std::size_t room = chunk.size();
    result = BrotliDecoderDecompressStream(state.get(), &left, &next_in, &room, &next_out, nullptr);
    if (result == BROTLI_DECODER_RESULT_ERROR || result == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT) {
      fail(ErrorCode::kCorrupt, "damaged or truncated brotli body");
    }
    append(chunk, chunk.size() - room, limit, &contents);
  }
  return contents;
}

std::string zstd_all(std::string_view bytes, std::size_t limit) {
  const std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(),
                                                                             ZSTD_freeDStream);
  if (!stream) fail(ErrorCode::kOutOfMemory, "no memory to decompress a body");
  std::string contents;
  Chunk chunk;
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  for (std::size_t pending = 1; pending != 0;) {
    ZSTD_outBuffer out{chunk.data(), chunk.size(), 0};
    const std::size_t before = in.pos;
    pending = ZSTD_decompressStream(stream.get(), &out, &in);
    const bool stuck = pending != 0 && out.pos == 0 && in.pos == before;
    if (ZSTD_isError(pending) != 0 || stuck) {
      fail(ErrorCode::kCorrupt, "damaged or truncated zstd body");
    }
    append(chunk, out.pos, limit, &contents);
  }
  return contents;
}

}  // namespace

std::string decode_content(std::string_view encoding, std::string_view bytes, std::size_t limit) {
  const std::string name = to_lower_ascii(trim(encoding));
  if (name.empty() || name == "identity") return std::string(bytes);
  if (name == "gzip" || name == "x-gzip") return inflate_all(bytes, 15 + 16, limit);
  if (name == "br") return brotli_all(bytes, limit);
  if (name == "zstd") return zstd_all(bytes, limit);
  if (name != "deflate") fail(ErrorCode::kUnsupported, "a body of an unknown content encoding");
  // RFC 1950: method 8 in the low bits, and the first two bytes a multiple of 31.
  const bool has_header =
      bytes.size() > 1 && (bytes[0] & 0x0F) == 8 &&
      (static_cast<unsigned char>(bytes[0]) * 256U + static_cast<unsigned char>(bytes[1])) % 31 ==
          0;
  return inflate_all(bytes, has_header ? 15 : -15, limit);
}

}  // namespace lucie
