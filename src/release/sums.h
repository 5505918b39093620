// SHA256SUMS, the manifest that `sha256sum -c` checks too.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"

namespace lucie {

// Lists every file below `dir` (links left out), sorted by path. A name that the format cannot hold
// plainly (line break, backslash) is kInvalidArgument.
void write_sums(const fs::path& dir);

struct SumProblem {
  std::string path;
  std::string problem;  // "missing", "differs", "not listed"
};
// Every file that is not as listed. No or a malformed SHA256SUMS, and paths that lead out of `dir`:
// kCorrupt or kNotFound.
std::vector<SumProblem> verify_sums(const fs::path& dir);

}  // namespace lucie
