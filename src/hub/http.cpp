#include "hub/http.h"

#include <curl/curl.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <fstream>
#include <mutex>

#include "base/cancel.h"
#include "base/error.h"
#include "base/text.h"

namespace lucie::hub {
namespace {

constexpr long kSecondsToConnect = 15;
// A transfer with no byte for so long is taken for broken.
constexpr long kSecondsOfSilence = 30;
constexpr std::size_t kLargestHeaders = std::size_t{1} << 17;

void initialize_once() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) fail(ErrorCode::kInternal, "libcurl does not start");
}

struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, UrlDeleter>;

Url parse_url(const std::string& text) {
  initialize_once();
  Url url(curl_url());
  // Control characters could smuggle headers into the request.
  const bool clean = std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
  });
  if (!url || !clean || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
    fail(ErrorCode::kCorrupt, "not a URL", text.substr(0, 200));
  }
  return url;
}

std::string part_of(const Url& url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, flags) != CURLUE_OK) return {};
  std::string result = text;
  curl_free(text);
  return result;
}

struct SlistDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// Failures of the network and of servers; the rest (no such host, a bad certificate) stays.
bool is_temporary(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_WEIRD_SERVER_REPLY:
      return true;
    default:
      return false;
  }
}

}  // namespace

struct HttpClient::State {
  std::atomic<bool> stopped{false};
  std::mutex mutex;
  std::vector<CURL*> idle;

  CURL* take() {
    const std::lock_guard lock(mutex);
    if (!idle.empty()) {
      CURL* handle = idle.back();
      idle.pop_back();
      curl_easy_reset(handle);  // keeps the connections
      return handle;
    }
    CURL* handle = curl_easy_init();
    if (handle == nullptr) fail(ErrorCode::kOutOfMemory, "libcurl has no memory");
    return handle;
  }
  void give_back(CURL* handle) {
    const std::lock_guard lock(mutex);
    idle.push_back(handle);
  }
};

namespace {

// One request under way: what libcurl's callbacks need.
struct Transfer {
  const HttpRequest& request;
  const std::atomic<bool>& stopped;
  CURL* handle;
  HttpResponse response;
  std::size_t header_bytes = 0;
  std::ifstream file;
  std::uint64_t left = 0;  // bytes of the upload still to send
  std::exception_ptr thrown;

  // C code lies between: exceptions wait in `thrown`.
  template <typename Work>
  bool guarded(Work work) {
    try {
      work();
      return true;
    } catch (...) {
      thrown = std::current_exception();
      return false;
    }
  }

  void add_header(std::string_view line) {
    header_bytes += line.size();
    if (header_bytes > kLargestHeaders) {
      fail(ErrorCode::kCorrupt, "the answer's headers are too long", request.url);
    }
    if (line.starts_with("HTTP/")) response.headers.clear();  // after a "100 Continue"
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    response.headers.emplace_back(to_lower_ascii(line.substr(0, colon)),
                                  std::string(trim(line.substr(colon + 1))));
  }

  void add_body(std::string_view bytes) {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    response.status = static_cast<int>(status);
    if (request.sink && status >= 200 && status < 300) {
      request.sink(response, bytes);
      return;
    }
    if (bytes.size() > request.largest_body - response.body.size()) {
      fail(ErrorCode::kCorrupt,
           "the answer is larger than " + human_bytes(static_cast<double>(request.largest_body)),
           request.url);
    }
    response.body += bytes;
  }

  std::size_t read_upload(char* out, std::size_t room) {
    const auto wanted = static_cast<std::streamsize>(std::min<std::uint64_t>(room, left));
    file.read(out, wanted);
    if (file.gcount() != wanted) {
      fail(ErrorCode::kIo, "the file became shorter while it was sent",
           request.upload->path.string());
    }
    left -= static_cast<std::uint64_t>(wanted);
    if (request.on_sent) request.on_sent(static_cast<std::uint64_t>(wanted));
    return static_cast<std::size_t>(wanted);
  }
};

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t bytes = size * count;
  return transfer.guarded([&] { transfer.add_header({data, bytes}); }) ? bytes : 0;
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t bytes = size * count;
  return transfer.guarded([&] { transfer.add_body({data, bytes}); }) ? bytes : 0;
}

std::size_t on_read(char* out, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  std::size_t sent = CURL_READFUNC_ABORT;
  transfer.guarded([&] { sent = transfer.read_upload(out, size * count); });
  return sent;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return cancel_requested() || static_cast<Transfer*>(user)->stopped.load() ? 1 : 0;
}

void set_common_options(Transfer& transfer) {
  CURL* handle = transfer.handle;
  curl_easy_setopt(handle, CURLOPT_URL, transfer.request.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, kSecondsToConnect);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, kSecondsOfSilence);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "lucie");
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &transfer);
}

void set_method(Transfer& transfer) {
  CURL* handle = transfer.handle;
  const HttpRequest& request = transfer.request;
  if (request.method == "HEAD") {
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  } else if (request.method == "POST") {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.c_str());
  } else if (request.method == "PUT") {
    LUCIE_ASSERT(request.upload != nullptr);
    transfer.file.open(request.upload->path, std::ios::binary);
    transfer.file.seekg(static_cast<std::streamoff>(request.upload->offset));
    if (!transfer.file) fail(ErrorCode::kIo, "cannot read", request.upload->path.string());
    transfer.left = request.upload->size;
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE,
                     static_cast<curl_off_t>(request.upload->size));
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(handle, CURLOPT_READDATA, &transfer);
  }
}

[[noreturn]] void fail_stopped() {
  fail(ErrorCode::kCancelled, "stopped after another error");
}

void finish(Transfer& transfer, CURLcode code, const char* detail) {
  if (transfer.thrown) std::rethrow_exception(transfer.thrown);
  check_cancelled();
  if (transfer.stopped.load()) fail_stopped();
  long status = 0;
  curl_easy_getinfo(transfer.handle, CURLINFO_RESPONSE_CODE, &status);
  transfer.response.status = static_cast<int>(status);
  if (code == CURLE_OK) return;
  transfer.response.failure = *detail != '\0' ? detail : curl_easy_strerror(code);
  transfer.response.temporary = is_temporary(code);
}

}  // namespace

HttpClient::HttpClient() : state_(std::make_unique<State>()) {
  initialize_once();
}

HttpClient::~HttpClient() {
  for (CURL* handle : state_->idle) curl_easy_cleanup(handle);
}

void HttpClient::stop() {
  state_->stopped.store(true);
}

void HttpClient::check_stopped() const {
  if (state_->stopped.load()) fail_stopped();
}

HttpResponse HttpClient::send(const HttpRequest& request) {
  parse_url(request.url);
  const auto give_back = [this](CURL* handle) { state_->give_back(handle); };
  const std::unique_ptr<CURL, decltype(give_back)> handle(state_->take(), give_back);
  std::unique_ptr<curl_slist, SlistDeleter> headers;
  // "Expect:" off: servers that ignore it cost a second a request.
  std::vector<std::string> lines = request.headers;
  lines.insert(lines.end(), {"Accept-Encoding: identity", "Expect:"});
  for (const std::string& line : lines) {
    headers.reset(curl_slist_append(headers.release(), line.c_str()));
  }
  char detail[CURL_ERROR_SIZE] = "";
  Transfer transfer{.request = request,
                    .stopped = state_->stopped,
                    .handle = handle.get(),
                    .response = {},
                    .file = {},
                    .thrown = {}};
  set_common_options(transfer);
  set_method(transfer);
  curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, detail);
  const CURLcode code = curl_easy_perform(handle.get());
  curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, nullptr);
  finish(transfer, code, detail);
  return std::move(transfer.response);
}

const std::string* HttpResponse::find(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::string HttpResponse::header(std::string_view name) const {
  const std::string* value = find(name);
  return value != nullptr ? *value : std::string();
}

std::string origin_of(const std::string& url) {
  const Url parsed = parse_url(url);
  const std::string scheme = part_of(parsed, CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") {
    fail(ErrorCode::kCorrupt, "neither http nor https", url.substr(0, 200));
  }
  return scheme + "://" + to_lower_ascii(part_of(parsed, CURLUPART_HOST)) + ":" +
         part_of(parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

std::string resolve_url(const std::string& base, const std::string& target) {
  Url url = parse_url(base);
  if (curl_url_set(url.get(), CURLUPART_URL, target.c_str(), 0) != CURLUE_OK) {
    fail(ErrorCode::kCorrupt, "not a URL to be sent on to", target.substr(0, 200));
  }
  return part_of(url, CURLUPART_URL);
}

std::string percent_encode(std::string_view text, std::string_view keep) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos || keep.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    out += '%';
    out += "0123456789ABCDEF"[static_cast<unsigned char>(c) >> 4];
    out += "0123456789ABCDEF"[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

}  // namespace lucie::hub
