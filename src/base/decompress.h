// A file's decompressed bytes as a stream, in bounded memory. For lines see stream.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/file.h"

namespace lucie {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills `out` (not empty) from its start; 0 only at the end of the data. What one call gives
  // comes from one member. Damaged or truncated input throws Error{kCorrupt}; what was given of
  // that member before may be wrong too, since checksums stand at the end.
  virtual std::size_t read(std::span<char> out) = 0;
  // After read() has thrown: goes on at the next gzip member, zstd frame, xz or bzip2 stream that
  // begins behind the start of the damaged one. False when there is none.
  virtual bool recover() = 0;
  // Where in the file the member stands that the last bytes came from; 0 in plain files.
  virtual std::uint64_t member() const = 0;
};

// Plain, gzip, zstd, xz or bzip2 by the file's first bytes; several members or frames in a row are
// one stream.
std::unique_ptr<ByteSource> open_byte_source(const fs::path& path);

}  // namespace lucie
