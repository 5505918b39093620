// A small HTTP/1.1 server on a loopback port of its own, for tests. It sits on bare sockets because
// it has to misbehave below HTTP: break off in a body, lie about lengths, fall silent.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lucie::fake_hub {

struct Request {
  std::string method, path;                    // percent-decoded
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  std::string header(const std::string& name) const {
    const auto at = headers.find(name);
    return at == headers.end() ? std::string() : at->second;
  }
};

struct Reply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  std::optional<std::uint64_t> claimed_length = {};  // of Content-Length instead of the true one
  std::optional<std::size_t> break_after = {};       // bytes of the body after which it ends
  bool silent_then = false;  // at the break: the connection stays open and nothing comes
};

class HttpServer {
 public:
  // `answer` is called on one thread for each connection.
  explicit HttpServer(std::function<Reply(const Request&)> answer);
  ~HttpServer();            // ends the connections
  std::string url() const;  // "http://127.0.0.1:PORT"

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lucie::fake_hub
