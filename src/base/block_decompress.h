// A compressed block in memory whose decompressed size is stated beside it.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace lucie {

// Fill `out`, whose size is the stated one. Damaged data and data of another size throw
// Error{kCorrupt} with `place`. Gzip: one or more members, zlib's header too.
void decompress_gzip(std::span<const std::byte> in, std::span<std::byte> out,
                     const std::string& place);
void decompress_zstd(std::span<const std::byte> in, std::span<std::byte> out,
                     const std::string& place);

}  // namespace lucie
