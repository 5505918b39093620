// Bodies of HTTP messages as their Content-Encoding has them (RFC 9110, section 8.4.1).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lucie {

// `encoding`: "gzip", "x-gzip", "deflate" (zlib's header or, as some servers send, none), "br",
// "zstd", "identity" or empty, in any case. Damaged or truncated data and contents of more than
// `limit` bytes are Error{kCorrupt}, other encodings kUnsupported.
std::string decode_content(std::string_view encoding, std::string_view bytes, std::size_t limit);

}  // namespace lucie
