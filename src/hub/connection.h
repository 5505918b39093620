// Requests to one hub: the token, redirects, further attempts, and errors that say what to do.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "hub/http.h"
#include "hub/names.h"
#include "hub/settings.h"

namespace lucie::hub {

// Called to wait for so many seconds before another attempt. Tests only count.
using Waiter = std::function<void(double seconds)>;
// Sleeps; Error{kCancelled} as soon as cancel_requested().
void wait_awake(double seconds);

// What an error is about.
struct Subject {
  const RepoName& repo;
  std::string file;  // may be empty
};

class Connection {
 public:
  explicit Connection(HubSettings settings, Waiter wait = wait_awake);

  const HubSettings& settings() const { return settings_; }
  HttpClient& client() { return client_; }
  // In slices, so that a failure elsewhere (HttpClient::stop) ends it: Error{kCancelled}.
  void wait(double seconds) const;
  // "ENDPOINT/path"
  std::string url(const std::string& path) const { return settings_.endpoint + path; }

  // One attempt. The token goes to the endpoint's own origin only. Redirects are followed (at most
  // ten, never from https to http); with `stay`, only within an origin: a redirect to another one
  // is then the answer.
  enum class Redirects { kFollow, kStay };
  HttpResponse send(HttpRequest request, Redirects redirects = Redirects::kFollow);
  // Up to kAttempts of them while the failure is of a kind that passes.
  HttpResponse send_patiently(const HttpRequest& request, Redirects redirects = Redirects::kFollow);
  // send_patiently, and the body as JSON. What is no answer becomes an Error about `subject`.
  Json ask(const HttpRequest& request, const Subject& subject);

  // Waits before attempt number `attempt` (1 is the first repetition): as long as the server asks
  // (Retry-After), else 1, 2, 4 ... seconds. False when the failure will not pass, or the attempts
  // are used up.
  bool wait_to_retry(const HttpResponse& response, int attempt) const;
  static constexpr int kAttempts = 6;
  // While the hub has not answered at all: the name may be wrong, or there is no network.
  static constexpr int kFirstAttempts = 3;

  // task(i) for each i below count, so many at a time. The first failure stops the others and this
  // connection; it, not theirs, is thrown.
  void in_parallel(int threads, std::size_t count, const std::function<void(std::size_t)>& task);

  // Says what went wrong and what to do. kNotFound: no such repository, revision or file, or
  // nothing that this token may see; kIo: all else.
  [[noreturn]] void fail_response(const HttpResponse& response, const Subject& subject) const;

 private:
  std::string token_hint() const;
  [[noreturn]] void fail_refused(const HttpResponse& response, const Subject& subject) const;
  [[noreturn]] void fail_missing(const HttpResponse& response, const Subject& subject) const;

  HubSettings settings_;
  Waiter wait_;
  HttpClient client_;
  std::string origin_;
  std::atomic<bool> answered_{false};
};

// read() takes an answer apart; a value of the wrong kind becomes Error{kCorrupt} naming `url`.
template <typename Read>
auto read_answer(const std::string& url, Read read) {
  try {
    return read();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidArgument) throw;
    fail(ErrorCode::kCorrupt, "the answer is not that of a model hub: " + error.message(), url,
         "check HF_ENDPOINT");
  }
}

}  // namespace lucie::hub
