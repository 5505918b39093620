#include "fake_hub/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "base/text.h"

namespace lucie::fake_hub {
namespace {

std::string percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      out +=
          static_cast<char>(std::strtol(std::string(text.substr(i + 1, 2)).c_str(), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// False when the other side is gone.
bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool receive_more(int socket, std::string* text) {
  char buffer[65536];
  const ssize_t got = ::recv(socket, buffer, sizeof buffer, 0);
  if (got > 0) text->append(buffer, static_cast<std::size_t>(got));
  return got > 0;
}

std::optional<Request> receive(int socket) {
  std::string text;
  std::size_t end;
  while ((end = text.find("\r\n\r\n")) == std::string::npos) {
    if (!receive_more(socket, &text)) return std::nullopt;
  }
  Request request;
  const std::vector<std::string> lines = split(text.substr(0, end), '\n');
  const std::vector<std::string> first = split(trim(lines.front()), ' ');
  if (first.size() != 3) return std::nullopt;
  request.method = first[0];
  request.path = percent_decode(first[1]);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::size_t colon = lines[i].find(':');
    if (colon == std::string::npos) continue;
    request.headers[to_lower_ascii(lines[i].substr(0, colon))] =
        std::string(trim(std::string_view(lines[i]).substr(colon + 1)));
  }
  const auto length = parse_int(request.header("content-length"));
  request.body = text.substr(end + 4);
  while (request.body.size() < static_cast<std::size_t>(length.value_or(0))) {
    if (!receive_more(socket, &request.body)) return std::nullopt;
  }
  return request;
}

void respond(int socket, const Request& request, const Reply& reply) {
  std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " -\r\nConnection: close\r\n";
  for (const auto& [name, value] : reply.headers) head += name + ": " + value + "\r\n";
  head += "Content-Length: " + std::to_string(reply.claimed_length.value_or(reply.body.size())) +
          "\r\n\r\n";
  if (!send_all(socket, head) || request.method == "HEAD") return;
  const std::string_view body = reply.body;
  if (!send_all(socket, body.substr(0, reply.break_after.value_or(body.size())))) return;
  std::string rest;
  while (reply.silent_then && receive_more(socket, &rest)) {
  }
}

}  // namespace

struct HttpServer::State {
  std::function<Reply(const Request&)> answer;
  int listener = -1, port = 0;
  std::mutex mutex;
  std::set<int> open;  // sockets of the connections under way
  bool stopping = false;
  std::vector<std::thread> connections;
  std::thread acceptor;

  void accept_all() {
    for (;;) {
      const int socket = ::accept(listener, nullptr, nullptr);
      const std::lock_guard lock(mutex);
      if (stopping || socket < 0) {
        if (socket >= 0) ::close(socket);
        return;
      }
      open.insert(socket);
      connections.emplace_back([this, socket] { serve(socket); });
    }
  }
  void serve(int socket) {
    if (const auto request = receive(socket)) respond(socket, *request, answer(*request));
    const std::lock_guard lock(mutex);
    open.erase(socket);
    // What is unread would make close() throw away what was sent.
    ::shutdown(socket, SHUT_WR);
    ::close(socket);
  }
};

HttpServer::HttpServer(std::function<Reply(const Request&)> answer)
    : state_(std::make_unique<State>()) {
  state_->answer = std::move(answer);
  state_->listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (::bind(state_->listener, generic, size) != 0 || ::listen(state_->listener, 64) != 0 ||
      ::getsockname(state_->listener, generic, &size) != 0) {
    throw std::runtime_error("no loopback port for the test's server");
  }
  state_->port = ntohs(address.sin_port);
  state_->acceptor = std::thread([this] { state_->accept_all(); });
}

HttpServer::~HttpServer() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    for (const int socket : state_->open) ::shutdown(socket, SHUT_RDWR);
  }
  ::shutdown(state_->listener, SHUT_RDWR);
  state_->acceptor.join();
  for (std::thread& connection : state_->connections) connection.join();
  ::close(state_->listener);
}

std::string HttpServer::url() const {
  return "http://127.0.0.1:" + std::to_string(state_->port);
}

}  // namespace lucie::fake_hub
