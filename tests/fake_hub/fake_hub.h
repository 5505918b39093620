// A model hub in memory, for tests: repositories with branches, small files at its own address,
// large ones at another (as the public hub sends them to a CDN), uploads and commits.
//
//   FakeHub hub;
//   hub.add("org/tiny", "config.json", "{}");
//   hub.tweak = [](const Request& request, Reply& reply) { reply.break_after = 3; };
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "fake_hub/http_server.h"

namespace lucie::fake_hub {

class FakeHub {
 public:
  FakeHub();

  std::string url() const { return hub_.url(); }
  std::string cdn_url() const { return cdn_.url(); }

  // To be set before the first request. `large`: an LFS file.
  void add(const std::string& repo, const std::string& name, const std::string& contents,
           bool large = false);
  std::string token;  // when set, every request to the hub must bear it
  bool gated = false;
  std::size_t part_bytes = 0;     // larger uploads are asked for in parts of this size; 0: never
  std::size_t large_from = 1000;  // bytes from which an uploaded file is large
  // Changes an answer of hub or CDN before it goes out. One call at a time.
  std::function<void(const Request&, Reply&)> tweak;

  // What was asked, as "GET /path"; of the CDN "GET cdn/path".
  std::vector<std::string> requests() const;
  int count(const std::string& containing) const;
  bool token_at_cdn() const;
  std::string commit(const std::string& repo, const std::string& revision = "main") const;
  std::string contents(const std::string& repo, const std::string& name,
                       const std::string& revision = "main") const;
  bool is_private(const std::string& repo) const;

 private:
  struct File {
    std::string etag;
    bool large = false;
  };
  using Tree = std::map<std::string, File>;
  struct Repo {
    std::map<std::string, Tree> branches;
    bool hidden = false;
  };

  Reply answer_hub(const Request& request);
  Reply answer_cdn(const Request& request);
  Reply route(const Request& request);
  Reply info(const std::string& repo, const std::string& revision);
  Reply file(const Request& request, const std::string& repo, const std::string& rest);
  Reply create(const Request& request);
  Reply preupload(const Request& request, const std::string& repo, const std::string& revision);
  Reply batch(const Request& request);
  Reply complete(const Request& request);
  Reply take_commit(const Request& request, const std::string& repo, const std::string& revision);
  const Tree* find(const std::string& repo, const std::string& revision) const;
  std::string commit_of(const Tree& tree) const;
  std::string store(const std::string& contents, bool large);

  mutable std::mutex mutex_;
  std::map<std::string, Repo> repos_;
  std::map<std::string, std::string> blobs_;  // by ETag
  std::map<std::string, std::map<int, std::string>> parts_;
  std::vector<std::string> requests_;
  bool token_at_cdn_ = false;
  HttpServer hub_, cdn_;
};

}  // namespace lucie::fake_hub
