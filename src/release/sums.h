// SHA256SUMS, the manifest that `sha256sum -c` checks too.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/thread_pool.h"

namespace lucie {

// Lists every file below `dir`, sorted by path, hashed on all threads. Left out are the list
// itself, signatures of it, and links. A name that the format cannot hold plainly (line break,
// backslash) is kInvalidArgument.
void write_sums(const fs::path& dir, ThreadPool& pool);

// {path: SHA-256} of the files that a list would hold.
std::map<std::string, std::string> hash_files(const fs::path& dir, ThreadPool& pool);

// A file itself: no link, which may lead anywhere, and no pipe or device, whose reading may never
// end. False for what is not there.
bool is_plain_file(const fs::path& path);

struct SumProblem {
  std::string path;
  std::string problem;  // "missing", "differs", "not listed", "is no plain file"
};
struct SumReport {
  std::vector<SumProblem> problems;           // by path
  bool plain = true;                          // no link, pipe or the like is there
  std::map<std::string, std::string> hashes;  // of all files that are there: path -> SHA-256
  std::uintmax_t bytes = 0;                   // of them
};
// Every file that is not as listed; a list that is not as write_sums() writes it is one of them. No
// SHA256SUMS: kNotFound. Paths that lead out of `dir` are not followed.
SumReport verify_sums(const fs::path& dir, ThreadPool& pool);

// SHA256SUMS, and the names of its signatures (release/signature.h).
inline constexpr const char* kSumsFile = "SHA256SUMS";
inline constexpr const char* kMinisignFile = "SHA256SUMS.minisig";
inline constexpr const char* kSshSignatureFile = "SHA256SUMS.sig";
inline constexpr const char* kSignerFile = "signer.pub";  // the key; listed as any other file

}  // namespace lucie
