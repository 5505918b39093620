// CRC-32C (Castagnoli; RFC 3720, B.4), the checksum of TFRecord files. Table driven: it guards a
// few lines of metrics, not bulk data.
#pragma once

#include <cstdint>
#include <string_view>

namespace lucie {

std::uint32_t crc32c(std::string_view bytes) noexcept;

// As TFRecord stores it: rotated right by 15 and shifted by a constant, so that the checksum of
// data that holds checksums does not degenerate.
std::uint32_t masked_crc32c(std::string_view bytes) noexcept;

}  // namespace lucie
