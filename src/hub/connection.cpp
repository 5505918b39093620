#include "hub/connection.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/cancel.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/thread_pool.h"

namespace lucie::hub {
namespace {

constexpr int kMostRedirects = 10;
constexpr double kLongestWait = 300;  // seconds; who is asked to wait longer is told so instead

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// Busy or broken for the moment.
bool passes(int status) {
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 ||
         status == 504;
}

// The server's own words, fit for a terminal; empty when it has none.
std::string words_of(const HttpResponse& response) {
  std::string text = response.header("x-error-message");
  if (text.empty() && response.header("content-type").starts_with("application/json")) {
    try {
      const Json body = parse_json(response.body, "the answer");
      if (const Json* error = body.find("error"); error != nullptr && error->is_string()) {
        text = error->as_string();
      }
    } catch (const Error&) {
      return {};  // an error page that is no JSON after all
    }
  }
  text = text.substr(0, 200);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, ' ');
  return text;
}

// Seconds to wait, when the server says so. The other form, a date, would need a clock that agrees
// with the server's.
std::optional<double> retry_after(const HttpResponse& response) {
  const auto seconds = parse_double(response.header("retry-after"));
  return seconds && *seconds >= 0 && *seconds < 1e9 ? seconds : std::nullopt;
}

std::string with_words(std::string message, const HttpResponse& response) {
  const std::string words = words_of(response);
  return words.empty() ? message : message + ": " + words;
}

}  // namespace

void wait_awake(double seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < end) {
    check_cancelled();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  check_cancelled();
}

Connection::Connection(HubSettings settings, Waiter wait)
    : settings_(std::move(settings)),
      wait_(std::move(wait)),
      origin_(origin_of(settings_.endpoint)) {}

void Connection::wait(double seconds) const {
  constexpr double kSlice = 0.5;
  for (; seconds > 0; seconds -= kSlice) {
    client_.check_stopped();
    wait_(std::min(seconds, kSlice));
  }
}

HttpResponse Connection::send(HttpRequest request, Redirects redirects) {
  const std::vector<std::string> headers = request.headers;
  for (int hop = 0; hop <= kMostRedirects; ++hop) {
    const std::string origin = origin_of(request.url);
    request.headers = headers;
    if (origin == origin_ && !settings_.token.empty()) {
      request.headers.push_back("Authorization: Bearer " + settings_.token);
    }
    HttpResponse response = client_.send(request);
    if (response.status != 0) answered_.store(true);
    const std::string* location = response.find("location");
    // Only 307 and 308 ask for the same method again.
    const bool repeatable =
        request.method == "GET" || request.method == "HEAD" || response.status >= 307;
    if (!is_redirect(response.status) || location == nullptr || !repeatable) return response;
    const std::string target = resolve_url(request.url, *location);
    const std::string next = origin_of(target);
    if (next != origin && redirects == Redirects::kStay) return response;
    if (origin.starts_with("https:") && !next.starts_with("https:")) {
      fail(ErrorCode::kCorrupt, "the server sends us from https to http", target.substr(0, 200));
    }
    request.url = target;
  }
  fail(ErrorCode::kCorrupt,
       "more than " + std::to_string(kMostRedirects) + " redirects: they run in a circle",
       request.url.substr(0, 200), "check HF_ENDPOINT");
}

bool Connection::wait_to_retry(const HttpResponse& response, int attempt) const {
  const bool broken = !response.failure.empty();
  if (broken ? !response.temporary : !passes(response.status)) return false;
  if (attempt >= (answered_.load() ? kAttempts : kFirstAttempts)) return false;
  const double seconds =
      retry_after(response).value_or(static_cast<double>(1 << std::min(attempt - 1, 5)));
  if (seconds > kLongestWait) return false;
  const std::string what =
      broken ? response.failure : "the server answers " + std::to_string(response.status);
  log_info(what + "; trying again in " + human_seconds(seconds));
  wait(seconds);
  return true;
}

HttpResponse Connection::send_patiently(const HttpRequest& request, Redirects redirects) {
  for (int attempt = 1;; ++attempt) {
    HttpResponse response = send(request, redirects);
    if (response.ok() || !wait_to_retry(response, attempt)) return response;
  }
}

Json Connection::ask(const HttpRequest& request, const Subject& subject) {
  const HttpResponse response = send_patiently(request);
  if (!response.ok()) fail_response(response, subject);
  return parse_json(response.body, request.url);
}

void Connection::in_parallel(int threads, std::size_t count,
                             const std::function<void(std::size_t)>& task) {
  ThreadPool pool(std::max(1, threads));
  std::exception_ptr first;
  std::mutex mutex;
  pool.run(static_cast<std::int64_t>(count), [&](std::int64_t i, int) {
    try {
      client_.check_stopped();
      task(static_cast<std::size_t>(i));
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!first) first = std::current_exception();
      client_.stop();
    }
  });
  if (first) std::rethrow_exception(first);
}

std::string Connection::token_hint() const {
  return settings_.token.empty() ? "set HF_TOKEN to a token of an account that may use it"
                                 : "the token in use (HF_TOKEN or the token file) does not do: use "
                                   "one of an account that may use it";
}

void Connection::fail_refused(const HttpResponse& response, const Subject& subject) const {
  const std::string& id = subject.repo.id;
  const std::string status = " (" + std::to_string(response.status) + ")";
  if (response.header("x-error-code") == "GatedRepo") {
    fail(ErrorCode::kNotFound, with_words("access to it is gated" + status, response), id,
         "accept its terms at " + url("/" + id) + "; then " + token_hint());
  }
  if (response.status == 401) {
    fail(ErrorCode::kNotFound,
         with_words("no such repository, or it is private or gated" + status, response), id,
         token_hint());
  }
  fail(ErrorCode::kNotFound, with_words("the hub refuses" + status, response), id, token_hint());
}

void Connection::fail_missing(const HttpResponse& response, const Subject& subject) const {
  const RepoName& repo = subject.repo;
  if (response.header("x-error-code") == "RevisionNotFound") {
    fail(ErrorCode::kNotFound, "it has no revision '" + repo.revision + "' (404)", repo.id,
         "its branches and tags are at " + url("/" + repo.id + "/tree/main"));
  }
  fail(ErrorCode::kNotFound, "no such repository (404)", repo.id,
       "check the spelling at " + settings_.endpoint + "; if it is private, " + token_hint());
}

void Connection::fail_response(const HttpResponse& response, const Subject& subject) const {
  const RepoName& repo = subject.repo;
  const std::string place = subject.file.empty() ? repo.id : repo.id + "/" + subject.file;
  if (!response.failure.empty()) {
    const std::string what = response.status == 0 ? "cannot reach " + settings_.endpoint
                                                  : std::string("the transfer broke off");
    fail(ErrorCode::kIo, what + ": " + response.failure, place,
         "check the network and HF_ENDPOINT; HF_HUB_OFFLINE=1 uses only what the cache holds");
  }
  if (response.status == 401 || response.status == 403) fail_refused(response, subject);
  if (response.status == 404) fail_missing(response, subject);
  const std::optional<double> asked = retry_after(response);
  const std::string answer =
      with_words("the server answers " + std::to_string(response.status), response);
  if (response.status == 429) {
    fail(ErrorCode::kIo, answer + ", too many requests", place,
         asked ? "it asks to wait " + human_seconds(*asked)
               : "wait, then run the same command again");
  }
  fail(ErrorCode::kIo, answer, place,
       passes(response.status) ? "run the same command again later; what is loaded is kept" : "");
}

}  // namespace lucie::hub
