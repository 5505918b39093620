#include "hub/settings.h"

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/text.h"

namespace lucie::hub {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

bool is_true(const char* name) {
  const std::string value = to_lower_ascii(variable(name));
  return value == "1" || value == "on" || value == "yes" || value == "true";
}

// The first that is set; "~/" is the home directory.
fs::path path_of(const std::initializer_list<std::string>& candidates) {
  for (const std::string& text : candidates) {
    if (text.empty()) continue;
    return text.starts_with("~/") ? fs::path(variable("HOME")) / text.substr(2) : fs::path(text);
  }
  return {};
}

fs::path home() {
  const fs::path caches = path_of({variable("XDG_CACHE_HOME"), "~/.cache"});
  return path_of({variable("HF_HOME"), (caches / "huggingface").string()});
}

std::string find_token() {
  for (const char* name : {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
    const std::string token(trim(variable(name)));
    if (!token.empty()) return token;
  }
  if (is_true("HF_HUB_DISABLE_IMPLICIT_TOKEN")) return {};
  const fs::path file = path_of({variable("HF_TOKEN_PATH"), (home() / "token").string()});
  return fs::is_regular_file(file) ? std::string(trim(read_file(file))) : "";
}

}  // namespace

HubSettings settings_from_environment() {
  HubSettings settings;
  settings.endpoint = variable("HF_ENDPOINT");
  while (settings.endpoint.ends_with('/')) settings.endpoint.pop_back();
  if (settings.endpoint.empty()) settings.endpoint = kPublicEndpoint;
  settings.cache = path_of(
      {variable("HF_HUB_CACHE"), variable("HUGGINGFACE_HUB_CACHE"), (home() / "hub").string()});
  settings.token = find_token();
  const bool clean = std::all_of(settings.token.begin(), settings.token.end(),
                                 [](char c) { return c > ' ' && c < '\x7f'; });
  if (!clean) {
    fail(ErrorCode::kInvalidArgument, "the token holds characters that no token has", "HF_TOKEN");
  }
  settings.offline = is_true("HF_HUB_OFFLINE") || is_true("TRANSFORMERS_OFFLINE");
  return settings;
}

}  // namespace lucie::hub
