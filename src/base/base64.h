// Bytes as text in JSON: base64 of RFC 4648, section 4.
#pragma once

#include <string>
#include <string_view>

namespace lucie {

std::string to_base64(std::string_view bytes);
// Error{kCorrupt} at `place` for any other character. Padding may be absent.
std::string from_base64(std::string_view text, const std::string& place);

}  // namespace lucie
