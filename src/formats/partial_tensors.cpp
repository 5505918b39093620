#include "formats/partial_tensors.h"

#include <cinttypes>
#include <cstdio>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

namespace lucie {
namespace {

Hash128 hash_of(std::span<const std::byte> bytes) {
  return hash128({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::unique_ptr<FileLock> locked(const fs::path& folder) {
  std::error_code error;
  fs::create_directory(folder, error);
  if (error) fail(ErrorCode::kIo, "cannot create folder: " + error.message(), folder.string());
  auto lock = FileLock::try_take(folder / "lock");
  if (lock) return lock;
  fail(ErrorCode::kIo, "another process writes this file", folder.string(),
       "wait for it, or choose another name");
}

}  // namespace

PartialTensors::PartialTensors(fs::path folder, const std::string& key)
    : folder_(std::move(folder)), lock_(locked(folder_)) {
  const std::string head = "lucie partial 1 " + key;
  if (fs::exists(folder_ / "tensors")) read_list(head);
  if (!finished_.empty()) return;
  fs::remove(data());
  write_file_atomic(folder_ / "tensors", head + "\n");
}

void PartialTensors::read_list(const std::string& head) {
  const std::vector<std::string> lines = split(read_file(folder_ / "tensors"), '\n');
  if (lines.front() != head) {
    log_info(folder_.string() +
             " is of another source, of other options or another version: " + "begun anew");
    return;
  }
  for (const std::string& line : lines) {
    std::size_t tensor = 0;
    Hash128 hash;
    int length = 0;
    // A line that was cut short is of a tensor that is made again.
    if (std::sscanf(line.c_str(), "%zu %16" SCNx64 "%16" SCNx64 "%n", &tensor, &hash.high,
                    &hash.low, &length) == 3 &&
        line.size() == static_cast<std::size_t>(length)) {
      finished_[tensor] = hash;
    }
  }
}

bool PartialTensors::was_finished(std::size_t tensor, std::span<const std::byte> bytes) const {
  const auto found = finished_.find(tensor);
  return found != finished_.end() && found->second == hash_of(bytes);
}

void PartialTensors::finish(std::size_t tensor, std::span<const std::byte> bytes) {
  const Hash128 hash = hash_of(bytes);
  char line[64];
  std::snprintf(line, sizeof line, "%zu %016" PRIx64 "%016" PRIx64, tensor, hash.high, hash.low);
  const std::lock_guard guard(mutex_);
  append_line(folder_ / "tensors", line);
}

void PartialTensors::remove() {
  fs::remove_all(folder_);
}

}  // namespace lucie
