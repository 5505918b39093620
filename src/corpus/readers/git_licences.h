// Which licence each file of a repository has (git_reader.h).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "corpus/licence_dep5.h"
#include "corpus/readers/git_tree.h"

namespace lucie {

class GitLicences {
 public:
  GitLicences(const GitTree& tree, const std::vector<GitFile>& files);
  // `text`: the contents of the file. NOASSERTION with a reason when nothing is found.
  LicenceFinding of(const std::string& path, std::string_view text) const;

 private:
  LicenceFinding of_folder(const std::string& path) const;

  std::map<std::string, LicenceFinding> by_folder_;  // "" or "src/"
  std::map<std::string, std::string> sidecars_;      // path -> expression of path.license
  std::optional<PackageLicence> dep5_;
};

}  // namespace lucie
