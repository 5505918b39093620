#include "release/sums.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

namespace lucie {

namespace {

constexpr std::size_t kHexDigits = 64;

struct Files {
  std::vector<std::string> regular, others;  // sorted; others: links, sockets, ...
};

bool is_of_the_list(const std::string& path) {
  return path == kSumsFile || path == kMinisignFile || path == kSshSignatureFile;
}

Files files_below(const fs::path& dir) {
  Files files;
  std::error_code error;
  for (auto it = fs::recursive_directory_iterator(dir, error);
       !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    const std::string path = it->path().lexically_relative(dir).generic_string();
    if (it->is_symlink() || (!it->is_directory() && !it->is_regular_file())) {
      files.others.push_back(path);
    } else if (it->is_regular_file() && !is_of_the_list(path)) {
      files.regular.push_back(path);
    }
  }
  if (error) fail(ErrorCode::kIo, "cannot list the folder: " + error.message(), dir.string());
  std::sort(files.regular.begin(), files.regular.end());
  std::sort(files.others.begin(), files.others.end());
  return files;
}

std::string line_of(const std::string& path, const std::string& hash) {
  return hash + "  " + path + "\n";
}

// What the list says, and the lines that are none.
std::map<std::string, std::string> read_sums(const std::string& text,
                                             std::vector<SumProblem>* problems) {
  std::map<std::string, std::string> sums;
  std::size_t number = 0;
  for (const std::string& line : split(text, '\n')) {
    ++number;
    if (line.empty()) continue;
    const auto refuse = [&](const std::string& why) {
      problems->push_back({kSumsFile, "line " + std::to_string(number) + ": " + why});
    };
    const bool shaped = line.size() > kHexDigits + 2 && line[kHexDigits] == ' ' &&
                        (line[kHexDigits + 1] == ' ' || line[kHexDigits + 1] == '*') &&
                        line.find_first_not_of("0123456789abcdef") == kHexDigits;
    const std::string path = shaped ? line.substr(kHexDigits + 2) : "";
    if (!shaped) {
      refuse("expected \"<sha256>  <path>\"");
    } else if (!stays_inside(path)) {
      refuse("the path leads out of the folder: " + path);
    } else if (!sums.emplace(path, line.substr(0, kHexDigits)).second) {
      refuse("listed twice: " + path);
    }
  }
  return sums;
}

// Large files first, so that no thread is left alone with the largest.
std::map<std::string, std::string> hashes_of(const fs::path& dir,
                                             const std::vector<std::string>& paths,
                                             ThreadPool& pool) {
  std::vector<std::pair<std::uintmax_t, std::size_t>> order;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    std::error_code error;
    order.emplace_back(fs::file_size(dir / paths[i], error), i);
  }
  std::sort(order.rbegin(), order.rend());
  std::vector<std::string> hashes(paths.size());
  pool.run(static_cast<std::int64_t>(order.size()), [&](std::int64_t k, int) {
    const std::size_t i = order[static_cast<std::size_t>(k)].second;
    hashes[i] = sha256_file(dir / paths[i]);
  });
  std::map<std::string, std::string> result;
  for (std::size_t i = 0; i < paths.size(); ++i) result[paths[i]] = hashes[i];
  return result;
}

}  // namespace

bool is_plain_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(fs::symlink_status(path, error));
}

std::map<std::string, std::string> hash_files(const fs::path& dir, ThreadPool& pool) {
  return hashes_of(dir, files_below(dir).regular, pool);
}

void write_sums(const fs::path& dir, ThreadPool& pool) {
  const std::vector<std::string> paths = files_below(dir).regular;
  for (const std::string& path : paths) {
    if (path.find_first_of("\n\r\\") != std::string::npos) {
      fail(ErrorCode::kInvalidArgument, "a file's name has a line break or a backslash",
           (dir / path).string(), "rename it");
    }
  }
  std::string text;
  for (const auto& [path, hash] : hashes_of(dir, paths, pool)) text += line_of(path, hash);
  write_file_atomic(dir / kSumsFile, text);
}

SumReport verify_sums(const fs::path& dir, ThreadPool& pool) {
  const fs::path file = dir / kSumsFile;
  if (!is_plain_file(file)) {
    fail(ErrorCode::kNotFound, "no list of hashes", file.string(),
         "give a bundle of lucie release, or a run that came to its end");
  }
  SumReport report;
  std::vector<SumProblem>& problems = report.problems;
  const std::string text = read_file(file);
  const std::map<std::string, std::string> listed = read_sums(text, &problems);
  const Files files = files_below(dir);
  report.plain = files.others.empty();
  for (const std::string& path : files.others) problems.push_back({path, "is no plain file"});
  report.hashes = hashes_of(dir, files.regular, pool);
  const std::map<std::string, std::string>& there = report.hashes;
  for (const std::string& path : files.regular) report.bytes += fs::file_size(dir / path);
  std::string canonical;
  for (const auto& [path, hash] : listed) {
    canonical += line_of(path, hash);
    const auto found = there.find(path);
    if (found == there.end()) {
      problems.push_back({path, "missing"});
    } else if (found->second != hash) {
      problems.push_back({path, "differs"});
    }
  }
  for (const auto& [path, hash] : there) {
    if (!listed.contains(path)) problems.push_back({path, "not listed"});
  }
  if (problems.empty() && canonical != text) {
    problems.push_back({kSumsFile, "is not written as a release writes it"});
  }
  std::stable_sort(problems.begin(), problems.end(),
                   [](const SumProblem& a, const SumProblem& b) { return a.path < b.path; });
  return report;
}

}  // namespace lucie
