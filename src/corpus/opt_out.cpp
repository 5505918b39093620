#include "corpus/opt_out.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace lucie {

namespace {

// "https://user@WWW.example.org:80/a" -> "org.example.www/a": of a host and of those below it the
// keys begin alike. Empty when there is no host.
std::string key_of(std::string_view url) {
  if (const std::size_t scheme = url.find("://"); scheme != std::string_view::npos) {
    url.remove_prefix(scheme + 3);
  }
  url = url.substr(0, url.find('#'));
  const std::size_t path = std::min(url.find_first_of("/?"), url.size());
  std::string_view host = url.substr(0, path);
  if (const std::size_t user = host.rfind('@'); user != std::string_view::npos) {
    host.remove_prefix(user + 1);
  }
  host = host.substr(0, host.find(':'));
  while (host.ends_with('.')) host.remove_suffix(1);
  if (host.empty()) return {};
  std::vector<std::string> labels = split(to_lower_ascii(host), '.');
  std::reverse(labels.begin(), labels.end());
  std::string key = join(labels, ".") + "/";
  const std::string_view rest = url.substr(path);
  key += rest.starts_with('/') ? rest.substr(1) : rest;
  return key;
}

bool is_entry(std::string_view line) {
  return line.find_first_of(" \t") == std::string_view::npos && line.find('.') != 0 &&
         line.find('*') == std::string_view::npos;
}

}  // namespace

OptOutList OptOutList::parse(std::string_view text, const std::string& name) {
  OptOutList list;
  std::vector<std::string> all;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    line = trim(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    std::string key = is_entry(line) ? key_of(line) : std::string();
    if (key.empty()) {
      fail(ErrorCode::kCorrupt, "neither a host nor an address: '" + std::string(line) + "'",
           name + ":" + std::to_string(number), "one a line, as example.org or example.org/path");
    }
    all.push_back(std::move(key));
  }
  std::sort(all.begin(), all.end());
  for (std::string& key : all) {  // what begins with another stands behind it
    if (list.keys_.empty() || !key.starts_with(list.keys_.back())) {
      list.keys_.push_back(std::move(key));
    }
  }
  return list;
}

bool OptOutList::covers(std::string_view url) const {
  if (url.find("://") == std::string_view::npos) return false;
  const std::string key = key_of(url);
  if (key.empty()) return false;
  // As no entry begins with another, only the last one that does not stand behind can be a start.
  const auto behind = std::upper_bound(keys_.begin(), keys_.end(), key);
  if (behind != keys_.begin() && key.starts_with(behind[-1])) return true;
  const std::size_t host_end = key.find('/');
  for (std::size_t dot = key.find('.'); dot < host_end; dot = key.find('.', dot + 1)) {
    if (std::binary_search(keys_.begin(), keys_.end(), key.substr(0, dot) + "/")) return true;
  }
  return false;
}

OptOutSettings OptOutSettings::from_json(const Json& json) {
  OptOutSettings settings;
  for (const Json& entry : json.items()) {
    fs::path path;
    std::string reason;
    if (entry.is_object()) {
      refuse_unknown_keys(entry, {"path", "reason"}, "corpus.opt_out");
      path = entry.at("path").as_string();
      reason = entry.get("reason", "");
    } else {
      path = entry.as_string();
    }
    if (reason.empty()) reason = path.filename().string();
    const MappedFile file(path);
    settings.lists_.push_back({reason, OptOutList::parse(file.text(), path.string())});
  }
  return settings;
}

std::string OptOutSettings::reason_for(std::string_view url) const {
  for (const Named& named : lists_) {
    if (named.list.covers(url)) return named.reason;
  }
  return {};
}

}  // namespace lucie
