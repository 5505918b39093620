#include "corpus/unshareable.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

namespace lucie {

namespace {

constexpr const char* kMark = "UNSHAREABLE";
constexpr std::size_t kKeyDigits = 64;  // 32 bytes

std::set<std::string> unshareable_ids(const SourceRegistry& registry) {
  std::set<std::string> ids;
  for (const Source& source : registry.sources()) {
    if (source.terms == Terms::kUnshareable) ids.insert(source.id);
  }
  return ids;
}

std::string draw_key() {
  std::array<unsigned char, kKeyDigits / 2> bytes{};
  if (::getentropy(bytes.data(), bytes.size()) != 0) {
    fail(ErrorCode::kIo, "the system gives no random bytes", "getentropy");
  }
  std::string digits;
  for (const unsigned char byte : bytes) {
    digits += "0123456789abcdef"[byte >> 4];
    digits += "0123456789abcdef"[byte & 15];
  }
  return digits;
}

// Another process may draw at the same time: the first one to make the file has drawn for both.
std::string key_of_run(const fs::path& run) {
  const fs::path file = run / "unshareable.key";
  if (!fs::exists(file)) {
    const fs::path drawn = run / (".unshareable.key." + std::to_string(::getpid()));
    const int descriptor = ::open(drawn.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const std::string key = draw_key() + "\n";
    const bool written = descriptor >= 0 && ::write(descriptor, key.data(), key.size()) ==
                                                static_cast<ssize_t>(key.size());
    if (descriptor >= 0) ::close(descriptor);
    std::error_code there;
    if (written) fs::create_hard_link(drawn, file, there);
    std::error_code none;
    fs::remove(drawn, none);
    if (!written || !fs::exists(file)) {
      fail(ErrorCode::kIo, "cannot keep the key of unshareable sources", file.string(),
           "the run directory must be writable: names of its documents are keyed");
    }
  }
  std::string key(trim(read_file(file)));
  if (key.size() != kKeyDigits) {
    fail(ErrorCode::kCorrupt, "not a key", file.string(),
         "remove it: another is drawn, and documents get other names from then on");
  }
  return key;
}

}  // namespace

SpokenNames::SpokenNames(const fs::path& run, const SourceRegistry& registry)
    : hidden_(unshareable_ids(registry)) {
  if (!hidden_.empty()) key_ = key_of_run(run);
}

std::string SpokenNames::of(std::string_view source, const std::string& id) const {
  if (!is_hidden(source)) return id;
  return std::string(source) + ":keyed-" + hmac_sha256_hex(key_, id).substr(0, 32);
}

void mark_unshareable(const fs::path& dir, const std::set<std::string>& ids) {
  if (ids.empty()) return;
  write_file_atomic(
      dir / kMark,
      "This folder holds text, or tokens that can be turned into text, of sources that may not be "
      "passed on: " +
          join(std::vector<std::string>(ids.begin(), ids.end()), ", ") + ".\n");
}

std::optional<fs::path> find_unshareable(const fs::path& dir) {
  std::optional<fs::path> first;
  std::error_code error;
  const auto options = fs::directory_options::follow_directory_symlink;
  for (fs::recursive_directory_iterator entry(dir, options, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().filename() == kMark && (!first || entry->path() < *first)) {
      first = entry->path();
    }
  }
  return first;
}

}  // namespace lucie
