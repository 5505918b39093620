// HTTP requests. libcurl stands behind this, in http.cpp only.
//
// Redirects are not followed here, and nothing is tried twice: who asks decides (hub/connection.h).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"

namespace lucie::hub {

struct HttpResponse {
  int status = 0;          // 0: no answer; `failure` then says why
  std::string failure;     // also set when the body broke off
  bool temporary = false;  // of a failure: another attempt may succeed
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;                                          // empty when a sink took it

  bool ok() const { return failure.empty() && status >= 200 && status < 300; }
  const std::string* find(std::string_view name) const;  // name in lower case
  std::string header(std::string_view name) const;       // empty when absent
};

// A part of a file that is sent as it is.
struct FilePart {
  fs::path path;
  std::uint64_t offset = 0, size = 0;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::string> headers = {};  // "Name: value"
  std::string body = {};                  // of POST
  const FilePart* upload = nullptr;       // of PUT, instead of `body`
  // Larger bodies are an Error{kCorrupt}. Not for what goes to the sink.
  std::uint64_t largest_body = std::uint64_t{1} << 20;
  // Takes the body of an answer with 2xx as it comes; the response has its status and headers
  // already. What it throws ends the transfer and comes out of send().
  std::function<void(const HttpResponse&, std::string_view)> sink = {};
  std::function<void(std::uint64_t)> on_sent = {};  // bytes of `upload` sent since the last call
};

// For any number of threads at once; connections are used again.
class HttpClient {
 public:
  HttpClient();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Error{kCancelled} when cancel_requested() turns true, or after stop().
  HttpResponse send(const HttpRequest& request);
  // Ends what runs now and all that follows.
  void stop();
  void check_stopped() const;  // Error{kCancelled} after stop()

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// "https://host:443": what two URLs must share to be shown the same token. Error{kCorrupt} for what
// is no http or https URL.
std::string origin_of(const std::string& url);
// `target` as a browser would follow it from `base`: absolute, or relative in any form.
std::string resolve_url(const std::string& base, const std::string& target);
// Everything but letters, digits and "-._~" as %XX. `keep`: further characters that stay.
std::string percent_encode(std::string_view text, std::string_view keep = {});

}  // namespace lucie::hub
