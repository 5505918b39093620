// Snappy's raw format (google/snappy, format_description.txt), reading only.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace lucie {

// Fills `out`, whose size must be the one that the block states. Anything else: Error{kCorrupt}
// with `place`.
void decompress_snappy(std::span<const std::byte> in, std::span<std::byte> out,
                       const std::string& place);

}  // namespace lucie
