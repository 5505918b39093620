#include "fake_hub/fake_hub.h"

#include <algorithm>

#include "base/base64.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"

namespace lucie::fake_hub {
namespace {

Reply json_reply(const Json& json, int status = 200) {
  return {.status = status, .headers = {{"Content-Type", "application/json"}}, .body = json.dump()};
}

Reply refusal(int status, const std::string& code, const std::string& words) {
  Json body = Json::object();
  body["error"] = words;
  Reply reply = json_reply(body, status);
  if (!code.empty()) reply.headers.emplace_back("X-Error-Code", code);
  return reply;
}

// The body, or the part of it that was asked for.
Reply with_range(const Request& request, Reply reply) {
  const std::string range = request.header("range");
  if (!range.starts_with("bytes=")) return reply;
  const std::size_t size = reply.body.size();
  const auto from = static_cast<std::size_t>(*parse_int(split(range.substr(6), '-').front()));
  if (from >= size) {
    reply.body.clear();
    reply.status = 416;
    return reply;
  }
  reply.status = 206;
  reply.body = reply.body.substr(from);
  reply.headers.emplace_back("Content-Range", "bytes " + std::to_string(from) + "-" +
                                                  std::to_string(size - 1) + "/" +
                                                  std::to_string(size));
  return reply;
}

}  // namespace

FakeHub::FakeHub()
    : hub_([this](const Request& request) { return answer_hub(request); }),
      cdn_([this](const Request& request) { return answer_cdn(request); }) {}

std::string FakeHub::store(const std::string& contents, bool large) {
  const std::string etag =
      large ? sha256_hex(contents) : git_blob_digest(contents.size()).add(contents).hex();
  blobs_[etag] = contents;
  return etag;
}

void FakeHub::add(const std::string& repo, const std::string& name, const std::string& contents,
                  bool large) {
  const std::lock_guard lock(mutex_);
  repos_[repo].branches["main"][name] = {store(contents, large), large};
}

std::vector<std::string> FakeHub::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

int FakeHub::count(const std::string& containing) const {
  const std::vector<std::string> all = requests();
  return static_cast<int>(std::count_if(all.begin(), all.end(), [&](const std::string& request) {
    return request.find(containing) != std::string::npos;
  }));
}

bool FakeHub::token_at_cdn() const {
  const std::lock_guard lock(mutex_);
  return token_at_cdn_;
}

std::string FakeHub::commit(const std::string& repo, const std::string& revision) const {
  const std::lock_guard lock(mutex_);
  const Tree* tree = find(repo, revision);
  return tree != nullptr ? commit_of(*tree) : "";
}

std::string FakeHub::contents(const std::string& repo, const std::string& name,
                              const std::string& revision) const {
  const std::lock_guard lock(mutex_);
  const Tree* tree = find(repo, revision);
  if (tree == nullptr || !tree->contains(name)) return "(absent)";
  return blobs_.at(tree->at(name).etag);
}

bool FakeHub::is_private(const std::string& repo) const {
  const std::lock_guard lock(mutex_);
  return repos_.at(repo).hidden;
}

std::string FakeHub::commit_of(const Tree& tree) const {
  std::string text;
  for (const auto& [name, file] : tree) text += name + " " + file.etag + "\n";
  return git_blob_digest(text.size()).add(text).hex();
}

// By the name of the branch or by its commit.
const FakeHub::Tree* FakeHub::find(const std::string& repo, const std::string& revision) const {
  const auto at = repos_.find(repo);
  if (at == repos_.end()) return nullptr;
  for (const auto& [name, tree] : at->second.branches) {
    if (name == revision || commit_of(tree) == revision) return &tree;
  }
  return nullptr;
}

Reply FakeHub::answer_hub(const Request& request) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(request.method + " " + request.path);
  Reply reply = route(request);
  if (tweak) tweak(request, reply);
  return reply;
}

Reply FakeHub::answer_cdn(const Request& request) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(request.method + " cdn" + request.path);
  token_at_cdn_ = token_at_cdn_ || !request.header("authorization").empty();
  const std::vector<std::string> path = split(request.path, '/');  // "", "lfs", SHA256[, part]
  Reply reply;
  if (request.method == "PUT" && path.size() == 4) {
    parts_[path[2]][static_cast<int>(*parse_int(path[3]))] = request.body;
    reply.headers.emplace_back("ETag", "\"part" + path[3] + "\"");
  } else if (request.method == "PUT") {
    blobs_[path.at(2)] = request.body;
  } else {
    reply = with_range(request, {.body = blobs_.at(path.at(2))});
  }
  if (tweak) tweak(request, reply);
  return reply;
}

Reply FakeHub::route(const Request& request) {
  if (!token.empty() && request.header("authorization") != "Bearer " + token) {
    return refusal(401, gated ? "GatedRepo" : "", "Invalid username or password.");
  }
  const std::vector<std::string> path = split(request.path.substr(1), '/');
  if (request.path == "/api/repos/create") return create(request);
  if (request.path == "/lfs/complete") return complete(request);
  if (request.path == "/lfs/verify") return {};
  if (request.path.ends_with(".git/info/lfs/objects/batch")) return batch(request);
  if (path.size() >= 6 && path[0] == "api") {
    const std::string repo = path[2] + "/" + path[3];
    const std::string rest = request.path.substr(request.path.find(path[4] + "/") + path[4].size());
    const std::string revision = rest.substr(1);
    if (!repos_.contains(repo)) return refusal(404, "RepoNotFound", "Repository not found");
    if (path[4] == "branch") {
      Repo& found = repos_[repo];
      if (found.branches.contains(revision)) return refusal(409, "", "Reference already exists");
      found.branches[revision] = found.branches["main"];
      return {};
    }
    if (find(repo, revision) == nullptr) return refusal(404, "RevisionNotFound", "Invalid rev id");
    if (path[4] == "revision") return info(repo, revision);
    if (path[4] == "preupload") return preupload(request, repo, revision);
    if (path[4] == "commit") return take_commit(request, repo, revision);
  }
  if (path.size() >= 5 && path[2] == "resolve") {
    const std::string repo = path[0] + "/" + path[1];
    return file(request, repo, request.path.substr(repo.size() + 10));
  }
  return refusal(404, "", "Not found");
}

Reply FakeHub::info(const std::string& repo, const std::string& revision) {
  const Tree& tree = *find(repo, revision);
  Json body = Json::object();
  body["id"] = repo;
  body["sha"] = commit_of(tree);
  Json& siblings = body["siblings"] = Json::array();
  for (const auto& [name, file] : tree) {
    Json sibling = Json::object();
    sibling["rfilename"] = name;
    siblings.push_back(sibling);
  }
  return json_reply(body);
}

// `rest`: "REVISION/NAME"
Reply FakeHub::file(const Request& request, const std::string& repo, const std::string& rest) {
  const std::size_t slash = rest.find('/');
  const Tree* tree = find(repo, rest.substr(0, slash));
  if (tree == nullptr) return refusal(404, "RevisionNotFound", "Invalid rev id");
  const auto found = tree->find(rest.substr(slash + 1));
  if (found == tree->end()) return refusal(404, "EntryNotFound", "Entry not found");
  const std::string& etag = found->second.etag;
  const std::string& contents = blobs_.at(etag);
  Reply reply;
  reply.headers = {{"X-Repo-Commit", commit_of(*tree)}, {"ETag", "\"" + etag + "\""}};
  if (!found->second.large) {
    reply.body = contents;
    return with_range(request, std::move(reply));
  }
  reply.status = 302;
  reply.headers = {{"X-Repo-Commit", commit_of(*tree)},
                   {"ETag", "\"of-the-redirect\""},
                   {"X-Linked-Etag", "\"" + etag + "\""},
                   {"X-Linked-Size", std::to_string(contents.size())},
                   {"Location", cdn_.url() + "/lfs/" + etag}};
  return reply;
}

Reply FakeHub::create(const Request& request) {
  const Json body = parse_json(request.body, "create");
  const std::string id = body.at("organization").as_string() + "/" + body.at("name").as_string();
  if (repos_.contains(id)) return refusal(409, "", "You already created this model repo");
  repos_[id].branches["main"] = {};
  repos_[id].hidden = body.get("visibility", "") == "private";
  return json_reply(Json::object());
}

Reply FakeHub::preupload(const Request& request, const std::string& repo,
                         const std::string& revision) {
  const Tree& tree = *find(repo, revision);
  Json body = Json::object();
  Json& files = body["files"] = Json::array();
  const Json asked = parse_json(request.body, "preupload");
  for (const Json& file : asked.at("files").items()) {
    const std::string& name = file.at("path").as_string();
    Json entry = Json::object();
    entry["path"] = name;
    entry["uploadMode"] =
        file.at("size").as_int() >= static_cast<std::int64_t>(large_from) ? "lfs" : "regular";
    entry["shouldIgnore"] = name.ends_with(".ignored");
    if (tree.contains(name)) entry["oid"] = tree.at(name).etag;
    files.push_back(entry);
  }
  return json_reply(body);
}

Reply FakeHub::batch(const Request& request) {
  Json body = Json::object();
  Json& objects = body["objects"] = Json::array();
  const Json asked = parse_json(request.body, "batch");
  for (const Json& object : asked.at("objects").items()) {
    const std::string& oid = object.at("oid").as_string();
    const auto size = static_cast<std::size_t>(object.at("size").as_int());
    Json entry = object;
    if (!blobs_.contains(oid)) {
      Json upload = Json::object();
      upload["href"] = cdn_.url() + "/lfs/" + oid;
      if (part_bytes > 0 && size > part_bytes) {
        upload["href"] = hub_.url() + "/lfs/complete";
        upload["header"]["chunk_size"] = std::to_string(part_bytes);
        for (std::size_t part = 1; (part - 1) * part_bytes < size; ++part) {
          upload["header"][std::to_string(part)] =
              cdn_.url() + "/lfs/" + oid + "/" + std::to_string(part);
        }
      }
      entry["actions"]["upload"] = upload;
      entry["actions"]["verify"]["href"] = hub_.url() + "/lfs/verify";
    }
    objects.push_back(entry);
  }
  return json_reply(body);
}

Reply FakeHub::complete(const Request& request) {
  const Json body = parse_json(request.body, "complete");
  const std::string& oid = body.at("oid").as_string();
  std::string contents;
  for (const Json& part : body.at("parts").items()) {
    contents += parts_[oid][static_cast<int>(part.at("partNumber").as_int())];
  }
  if (sha256_hex(contents) != oid) return refusal(400, "", "the parts are not the object");
  blobs_[oid] = contents;
  return {};
}

Reply FakeHub::take_commit(const Request& request, const std::string& repo,
                           const std::string& revision) {
  Tree& tree = repos_[repo].branches[revision];
  for (const std::string& text : split(trim(request.body), '\n')) {
    const Json line = parse_json(text, "commit");
    const Json& value = line.at("value");
    if (line.at("key").as_string() == "file") {
      const std::string contents = from_base64(value.at("content").as_string(), "commit");
      tree[value.at("path").as_string()] = {store(contents, false), false};
    } else if (line.at("key").as_string() == "lfsFile") {
      const std::string& oid = value.at("oid").as_string();
      if (!blobs_.contains(oid)) return refusal(400, "", "an object that was not uploaded");
      tree[value.at("path").as_string()] = {oid, true};
    }
  }
  Json body = Json::object();
  body["commitOid"] = commit_of(tree);
  body["commitUrl"] = hub_.url() + "/" + repo + "/commit/" + commit_of(tree);
  return json_reply(body);
}

}  // namespace lucie::fake_hub
