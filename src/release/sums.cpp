#include "release/sums.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

namespace lucie {

namespace {

constexpr const char* kName = "SHA256SUMS";
constexpr std::size_t kHexDigits = 64;

std::vector<std::string> files_below(const fs::path& dir) {
  std::vector<std::string> files;
  std::error_code error;
  for (auto it = fs::recursive_directory_iterator(dir, error);
       !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    if (it->is_symlink() || !it->is_regular_file()) continue;
    const std::string path = it->path().lexically_relative(dir).generic_string();
    if (path != kName) files.push_back(path);
  }
  if (error) fail(ErrorCode::kIo, "cannot list the folder: " + error.message(), dir.string());
  std::sort(files.begin(), files.end());
  return files;
}

bool is_inside(const fs::path& path) {
  if (path.empty() || path.is_absolute()) return false;
  return std::none_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
}

std::map<std::string, std::string> read_sums(const fs::path& file) {
  std::map<std::string, std::string> sums;
  const std::string text = read_file(file);
  std::size_t number = 0;
  for (const std::string& line : split(text, '\n')) {
    ++number;
    if (line.empty()) continue;
    const std::string place = file.string() + ":" + std::to_string(number);
    const bool shaped = line.size() > kHexDigits + 2 && line[kHexDigits] == ' ' &&
                        (line[kHexDigits + 1] == ' ' || line[kHexDigits + 1] == '*') &&
                        line.find_first_not_of("0123456789abcdef") == kHexDigits;
    if (!shaped) fail(ErrorCode::kCorrupt, "expected \"<sha256>  <path>\"", place);
    const std::string path = line.substr(kHexDigits + 2);
    if (!is_inside(path)) {
      fail(ErrorCode::kCorrupt, "the path leads out of the folder: " + path, place);
    }
    if (!sums.emplace(path, line.substr(0, kHexDigits)).second) {
      fail(ErrorCode::kCorrupt, "listed twice: " + path, place);
    }
  }
  return sums;
}

}  // namespace

void write_sums(const fs::path& dir) {
  std::string text;
  for (const std::string& path : files_below(dir)) {
    if (path.find_first_of("\n\r\\") != std::string::npos) {
      fail(ErrorCode::kInvalidArgument, "a file's name has a line break or a backslash",
           (dir / path).string(), "rename it");
    }
    text += sha256_file(dir / path) + "  " + path + "\n";
  }
  write_file_atomic(dir / kName, text);
}

std::vector<SumProblem> verify_sums(const fs::path& dir) {
  const fs::path file = dir / kName;
  if (!fs::is_regular_file(file)) {
    fail(ErrorCode::kNotFound, "no list of hashes", file.string(), "a release has one");
  }
  const std::map<std::string, std::string> sums = read_sums(file);
  std::vector<SumProblem> problems;
  for (const auto& [path, sum] : sums) {
    if (!fs::is_regular_file(dir / path)) {
      problems.push_back({path, "missing"});
    } else if (sha256_file(dir / path) != sum) {
      problems.push_back({path, "differs"});
    }
  }
  for (const std::string& path : files_below(dir)) {
    if (!sums.contains(path)) problems.push_back({path, "not listed"});
  }
  return problems;
}

}  // namespace lucie
