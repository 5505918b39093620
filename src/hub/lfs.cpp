#include "hub/lfs.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/text.h"

namespace lucie::hub {
namespace {

constexpr std::size_t kObjectsInARequest = 100;
constexpr std::uint64_t kLargestAnswer = std::uint64_t{16} << 20;  // ten thousand part addresses

std::vector<std::string> lfs_headers() {
  return {"Accept: application/vnd.git-lfs+json", "Content-Type: application/vnd.git-lfs+json"};
}

[[noreturn]] void fail_malformed(const std::string& what, const LfsObject& object) {
  fail(ErrorCode::kCorrupt, "the server's instructions for the upload make no sense: " + what,
       object.name, "check HF_ENDPOINT");
}

Json request_body(const RepoName& repo, const LfsObject* first, const LfsObject* last) {
  Json body = Json::object();
  body["operation"] = "upload";
  body["transfers"] = Json::Array{"basic", "multipart"};
  body["hash_algo"] = "sha256";
  body["ref"]["name"] = repo.revision;
  Json& objects = body["objects"] = Json::array();
  for (; first != last; ++first) {
    Json entry = Json::object();
    entry["oid"] = first->sha256;
    entry["size"] = first->size;
    objects.push_back(entry);
  }
  return body;
}

std::string href_of(const Connection& hub, const Json& action, const LfsObject& object) {
  const Json* href = action.find("href");
  if (href == nullptr || !href->is_string()) fail_malformed("no address", object);
  const std::string& text = href->as_string();
  const std::string own = hub.url("/"), other = kPublicEndpoint + "/";
  // Servers behind another HF_ENDPOINT may still put the public one into addresses.
  return text.starts_with(other) ? own + text.substr(other.size()) : resolve_url(own, text);
}

// PUT of a part of the object's file; the answer's ETag.
std::string put(Connection& hub, const RepoName& repo, const LfsObject& object, FilePart part,
                HttpRequest request, const std::function<void(std::uint64_t)>& sent) {
  request.method = "PUT";
  request.upload = &part;
  std::uint64_t reported = 0;
  HttpResponse response;
  for (int attempt = 1;; ++attempt) {
    std::uint64_t now = 0;
    request.on_sent = [&](std::uint64_t bytes) {
      now += bytes;
      if (now > reported) sent(now - reported);
      reported = std::max(reported, now);
    };
    response = hub.send(request);
    if (response.ok() || !hub.wait_to_retry(response, attempt)) break;
  }
  if (!response.ok()) hub.fail_response(response, {repo, object.name});
  return response.header("etag");
}

HttpRequest with_headers(const std::string& url, const Json* header, const LfsObject& object) {
  HttpRequest request{.url = url};
  if (header == nullptr || !header->is_object()) return request;
  for (const auto& [name, value] : header->members()) {
    const std::string line = value.is_string() ? name + ": " + value.as_string() : "";
    const bool clean = std::all_of(line.begin(), line.end(), [](char c) { return c >= ' '; });
    if (line.empty() || !clean) fail_malformed("a header that is none", object);
    request.headers.push_back(line);
  }
  return request;
}

// The addresses of the parts, from a header like {"chunk_size": "...", "1": URL, "2": URL ...}.
std::vector<std::string> part_urls(const Json& header, std::uint64_t chunk,
                                   const LfsObject& object) {
  std::map<std::int64_t, std::string> parts;
  for (const auto& [name, value] : header.members()) {
    const bool number = name.find_first_not_of("0123456789") == std::string::npos;
    const auto index = number ? parse_int(name) : std::nullopt;
    if (index && value.is_string()) parts[*index] = value.as_string();
  }
  if (parts.size() != (object.size + chunk - 1) / chunk) {
    fail_malformed(std::to_string(parts.size()) + " parts of " + std::to_string(chunk) + " bytes",
                   object);
  }
  std::vector<std::string> urls;
  for (const auto& [index, url] : parts) urls.push_back(url);
  return urls;
}

void put_in_parts(Connection& hub, const RepoName& repo, const LfsUpload& upload,
                  const std::function<void(std::uint64_t)>& sent) {
  const LfsObject& object = *upload.object;
  const Json& header = upload.upload.at("header");
  const Json& size = header.at("chunk_size");
  const auto chunk = parse_int(size.is_string() ? size.as_string() : size.dump());
  if (!chunk || *chunk <= 0) fail_malformed("parts of no size", object);
  const auto bytes = static_cast<std::uint64_t>(*chunk);
  const std::vector<std::string> urls = part_urls(header, bytes, object);
  Json parts = Json::array();
  for (std::size_t i = 0; i < urls.size(); ++i) {
    const std::uint64_t offset = i * bytes;
    const FilePart part{object.path, offset, std::min(bytes, object.size - offset)};
    const std::string etag = put(hub, repo, object, part, HttpRequest{.url = urls[i]}, sent);
    if (etag.empty()) fail_malformed("a part without an ETag", object);
    Json entry = Json::object();
    entry["partNumber"] = static_cast<std::int64_t>(i + 1);
    entry["etag"] = etag;
    parts.push_back(entry);
  }
  Json done = Json::object();
  done["oid"] = object.sha256;
  done["parts"] = parts;
  const HttpRequest request{.method = "POST",
                            .url = href_of(hub, upload.upload, object),
                            .headers = lfs_headers(),
                            .body = done.dump()};
  const HttpResponse response = hub.send_patiently(request);
  if (!response.ok()) hub.fail_response(response, {repo, object.name});
}

const Json* action_of(const Json& entry, const char* name) {
  const Json* actions = entry.find("actions");
  return actions != nullptr ? actions->find(name) : nullptr;
}

const LfsObject& object_of(const Json& entry, const LfsObject* first, const LfsObject* last) {
  const Json* oid = entry.find("oid");
  const auto* object = std::find_if(first, last, [&](const LfsObject& candidate) {
    return oid != nullptr && oid->is_string() && oid->as_string() == candidate.sha256;
  });
  if (object == last) fail_malformed("an object that was not asked about", *first);
  return *object;
}

void refuse_error(const Json& entry, const LfsObject& object) {
  const Json* error = entry.find("error");
  if (error == nullptr) return;
  const Json* message = error->find("message");
  std::string words = message != nullptr && message->is_string() ? message->as_string() : "";
  std::replace_if(
      words.begin(), words.end(), [](char c) { return c < ' ' || c > '~'; }, ' ');
  fail(ErrorCode::kIo, "the server does not take it: " + words.substr(0, 200), object.name);
}

}  // namespace

std::vector<LfsUpload> ask_for_uploads(Connection& hub, const RepoName& repo,
                                       const std::vector<LfsObject>& objects) {
  std::vector<LfsUpload> uploads;
  for (std::size_t at = 0; at < objects.size(); at += kObjectsInARequest) {
    const LfsObject* first = &objects[at];
    const LfsObject* last = first + std::min(kObjectsInARequest, objects.size() - at);
    const HttpRequest request{.method = "POST",
                              .url = hub.url("/" + repo.id + ".git/info/lfs/objects/batch"),
                              .headers = lfs_headers(),
                              .body = request_body(repo, first, last).dump(),
                              .largest_body = kLargestAnswer};
    const Json answer = hub.ask(request, {repo, ""});
    read_answer(request.url, [&] {
      for (const Json& entry : answer.at("objects").items()) {
        const LfsObject& object = object_of(entry, first, last);
        refuse_error(entry, object);
        const Json* upload = action_of(entry, "upload");
        if (upload == nullptr) continue;  // the server has it
        const Json* verify = action_of(entry, "verify");
        uploads.push_back({&object, *upload, verify != nullptr ? *verify : Json()});
      }
    });
  }
  return uploads;
}

void upload_object(Connection& hub, const RepoName& repo, const LfsUpload& upload,
                   const std::function<void(std::uint64_t)>& sent) {
  const LfsObject& object = *upload.object;
  const Json* header = upload.upload.find("header");
  if (header != nullptr && header->find("chunk_size") != nullptr) {
    put_in_parts(hub, repo, upload, sent);
  } else {
    const std::string url = href_of(hub, upload.upload, object);
    put(hub, repo, object, {object.path, 0, object.size}, with_headers(url, header, object), sent);
  }
  if (upload.verify.is_null()) return;
  Json body = Json::object();
  body["oid"] = object.sha256;
  body["size"] = object.size;
  const HttpRequest request{.method = "POST",
                            .url = href_of(hub, upload.verify, object),
                            .headers = lfs_headers(),
                            .body = body.dump()};
  const HttpResponse response = hub.send_patiently(request);
  if (!response.ok()) hub.fail_response(response, {repo, object.name});
}

}  // namespace lucie::hub
