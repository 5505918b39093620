// Texts in the encodings of the web to UTF-8. The only place that includes iconv.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lucie {

// The encoding of an HTML page: of its byte order mark, else of `stated` (from the HTTP header),
// else of a <meta> in its first kilobytes; empty when none is named.
std::string html_charset(std::string_view bytes, std::string_view stated);

// `charset` is a name that pages use (https://encoding.spec.whatwg.org/#names-and-labels); as
// browsers do, "iso-8859-1" and "ascii" are read as Windows-1252, "gb2312" as GB 18030 and so on.
// What the encoding does not have becomes U+FFFD. Nothing when the name is unknown.
std::optional<std::string> decode_charset(std::string_view bytes, std::string_view charset);

// As the page says (html_charset); else as to_utf8() of page.h.
std::string html_to_utf8(std::string_view bytes, std::string_view stated);

}  // namespace lucie
