// Inside base/ only: a file's decompressed bytes as a stream, in bounded memory.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "base/file.h"

namespace lucie {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills `out` (not empty) from its start; 0 only at the end of the data. Damaged or truncated
  // input throws Error{kCorrupt}.
  virtual std::size_t read(std::span<char> out) = 0;
};

// Plain, gzip, zstd or xz by the file's first bytes; several members or frames in a row are one
// stream.
std::unique_ptr<ByteSource> open_byte_source(const fs::path& path);

}  // namespace lucie
