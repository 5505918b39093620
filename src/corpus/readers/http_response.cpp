#include "corpus/readers/http_response.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/content_decode.h"
#include "base/error.h"
#include "base/text.h"

namespace lucie {

namespace {

// Takes a line off the front; without its end.
std::string_view take_line(std::string_view* text) {
  const std::size_t newline = text->find('\n');
  std::string_view line = text->substr(0, newline);
  text->remove_prefix(newline == std::string_view::npos ? text->size() : newline + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::optional<std::size_t> parse_hex(std::string_view digits) {
  std::size_t value = 0;
  if (digits.empty() || digits.size() > 8) return std::nullopt;
  for (const char c : digits) {
    const bool digit = c >= '0' && c <= '9';
    const char lower = static_cast<char>(c | 0x20);
    if (!digit && (lower < 'a' || lower > 'f')) return std::nullopt;
    value = value * 16 + static_cast<std::size_t>(digit ? c - '0' : lower - 'a' + 10);
  }
  return value;
}

// Nothing when the body does not begin with a chunk: it was put together already.
std::optional<std::string> join_chunks(std::string_view body) {
  std::string joined;
  for (bool first = true;; first = false) {
    const std::string_view line = take_line(&body);
    const auto size = parse_hex(trim(line.substr(0, line.find(';'))));
    if (!size && first) return std::nullopt;
    if (!size) fail(ErrorCode::kCorrupt, "a chunk of an HTTP body without a length");
    if (*size == 0) return joined;
    if (*size > body.size()) fail(ErrorCode::kCorrupt, "an HTTP body that is cut short");
    joined += body.substr(0, *size);
    body.remove_prefix(*size);
    take_line(&body);
  }
}

bool looks_encoded(std::string_view encoding, std::string_view body) {
  if (encoding == "gzip" || encoding == "x-gzip") return body.starts_with("\x1F\x8B");
  if (encoding == "zstd") return body.starts_with("\x28\xB5\x2F\xFD");
  // Brotli and raw deflate have no mark; a page as text begins with one of these.
  const std::string_view text = trim(body);
  return !text.starts_with('<') && !text.starts_with("\xEF\xBB\xBF");
}

struct Headers {
  std::string content_type, transfer_encoding, content_encoding, robots;
};

Headers take_headers(std::string_view* message) {
  Headers headers;
  for (std::string_view line; !(line = take_line(message)).empty();) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string name = to_lower_ascii(trim(line.substr(0, colon)));
    const std::string value(trim(line.substr(colon + 1)));
    if (name == "content-type") headers.content_type = value;
    if (name == "transfer-encoding") headers.transfer_encoding = to_lower_ascii(value);
    if (name == "content-encoding") headers.content_encoding = to_lower_ascii(value);
    if (name == "x-robots-tag") headers.robots += to_lower_ascii(value) + ",";
  }
  return headers;
}

}  // namespace

void parse_media_type(std::string_view value, std::string* type, std::string* charset) {
  *type = to_lower_ascii(trim(value.substr(0, value.find(';'))));
  const std::string lower = to_lower_ascii(value);
  const std::size_t at = lower.find("charset=");
  charset->clear();
  if (at == std::string::npos) return;
  std::string_view name = std::string_view(lower).substr(at + 8);
  name = trim(name.substr(0, name.find_first_of(";,")));
  if (name.size() > 1 && (name.front() == '"' || name.front() == '\'')) {
    name = name.substr(1, name.size() - 2);
  }
  *charset = name;
}

HttpResponse parse_http_response(std::string_view message, std::size_t limit) {
  HttpResponse response;
  const std::vector<std::string> status = split(take_line(&message), ' ');
  const std::int64_t code = status.size() < 2 ? 0 : parse_int(status[1]).value_or(0);
  if (!status[0].starts_with("HTTP/") || code < 100 || code > 999) {
    fail(ErrorCode::kCorrupt, "an HTTP response without a status");
  }
  response.status = static_cast<int>(code);
  const Headers headers = take_headers(&message);
  parse_media_type(headers.content_type, &response.media_type, &response.charset);
  response.robots = headers.robots;
  response.body = message;
  if (headers.transfer_encoding.find("chunked") != std::string::npos) {
    if (auto joined = join_chunks(message)) response.body = *std::move(joined);
  }
  // Several are undone from the last to the first; more than three are an attack.
  std::vector<std::string> encodings = split(headers.content_encoding, ',');
  if (encodings.size() > 3) fail(ErrorCode::kUnsupported, "a body of more than three encodings");
  std::reverse(encodings.begin(), encodings.end());
  for (const std::string& encoding : encodings) {
    const std::string name(trim(encoding));
    if (name.empty() || name == "identity" || response.body.empty()) continue;
    if (looks_encoded(name, response.body)) {
      response.body = decode_content(name, response.body, limit);
    }
  }
  return response;
}

}  // namespace lucie
