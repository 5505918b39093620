// An HTTP response as a WARC record holds it: status, headers and body (RFC 9112).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lucie {

struct HttpResponse {
  int status = 0;
  std::string media_type;  // "text/html", lower case, without parameters
  std::string charset;     // of the Content-Type; may be empty
  std::string robots;      // X-Robots-Tag, lower case
  std::string body;        // without transfer and content encoding
};

// Crawlers often keep the headers of encodings that they have undone: a body that is not chunked or
// not compressed is taken as it is. A body that decodes to more than `limit` bytes, or begins as it
// says and is damaged then, and a message without a status line are Error{kCorrupt}; unknown
// encodings are kUnsupported.
HttpResponse parse_http_response(std::string_view message, std::size_t limit);

// "text/html; charset=utf-8" -> type and charset.
void parse_media_type(std::string_view value, std::string* type, std::string* charset);

}  // namespace lucie
