#include "corpus/readers/git_licences.h"

#include <algorithm>

#include "base/error.h"
#include "corpus/licence_text.h"

namespace lucie {

namespace {

constexpr std::uint64_t kMaxLicenceBytes = 1 << 20;
constexpr std::size_t kNoticeBytes = 3000;
constexpr std::string_view kSidecar = ".license";

// "" of a licence that cannot be read: then it says nothing.
std::string read_text(const GitTree& tree, const GitFile& file) {
  try {
    return tree.contents(file, kMaxLicenceBytes);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kCorrupt || error.code() == ErrorCode::kUnsupported) return {};
    throw;
  }
}

struct LicenceFile {
  std::string name;
  RecognisedLicence licence;
};

// LICENSE-MIT beside LICENSE-APACHE is a choice; COPYING.LESSER comes with the COPYING that it
// changes; of others all hold.
LicenceFinding combine(const std::string& folder, std::vector<LicenceFile> files) {
  const auto lesser = std::find_if(files.begin(), files.end(), [](const LicenceFile& file) {
    return file.licence.spdx.starts_with("LGPL");
  });
  if (lesser != files.end()) files = {*lesser};
  bool choice = true;
  for (const LicenceFile& file : files) choice = choice && file.name.find('-') != std::string::npos;
  LicenceFinding finding;
  for (const LicenceFile& file : files) {
    const std::string& spdx = file.licence.spdx;
    if (spdx.empty()) {
      return {"NOASSERTION", folder + file.name + ": no known licence recognised"};
    }
    finding.evidence += (finding.evidence.empty() ? "" : "; ") + folder + file.name +
                        ": by its text: \"" + file.licence.phrase + "\"";
    if (finding.spdx == spdx) continue;
    if (!finding.spdx.empty()) finding.spdx += choice ? " OR " : " AND ";
    finding.spdx += spdx;
  }
  return finding;
}

}  // namespace

GitLicences::GitLicences(const GitTree& tree, const std::vector<GitFile>& files) {
  std::map<std::string, std::vector<LicenceFile>> found;
  for (const GitFile& file : files) {
    const std::size_t slash = file.path.rfind('/') + 1;  // 0 without one
    const std::string name = file.path.substr(slash);
    if (file.path == ".reuse/dep5") {
      dep5_ = PackageLicence::parse(read_text(tree, file), file.path);
    } else if (name.ends_with(kSidecar) && name.size() > kSidecar.size()) {
      const std::string spdx = spdx_header(read_text(tree, file));
      const std::string owner = file.path.substr(0, file.path.size() - kSidecar.size());
      if (!spdx.empty()) sidecars_[owner] = spdx;
    } else if (is_licence_file(name)) {
      found[file.path.substr(0, slash)].push_back(
          {name, recognise_licence_text(read_text(tree, file))});
    }
  }
  for (auto& [folder, list] : found) by_folder_[folder] = combine(folder, std::move(list));
}

LicenceFinding GitLicences::of(const std::string& path, std::string_view text) const {
  if (std::string spdx = spdx_header(text); !spdx.empty()) {
    return {std::move(spdx), path + ": SPDX-License-Identifier"};
  }
  if (const auto sidecar = sidecars_.find(path); sidecar != sidecars_.end()) {
    return {sidecar->second, path + std::string(kSidecar) + ": SPDX-License-Identifier"};
  }
  if (dep5_) {
    LicenceFinding finding = dep5_->of(path);
    if (finding.spdx != "NOASSERTION") return finding;
  }
  const RecognisedLicence notice = recognise_notice(text.substr(0, kNoticeBytes));
  // Code speaks of the public domain for many reasons.
  if (!notice.spdx.empty() && notice.spdx != "LicenseRef-public-domain") {
    return {notice.spdx, path + ": notice: \"" + notice.phrase + "\""};
  }
  return of_folder(path);
}

LicenceFinding GitLicences::of_folder(const std::string& path) const {
  for (std::string folder = path; !folder.empty();) {
    folder.pop_back();
    folder.resize(folder.rfind('/') + 1);  // to nothing without one
    if (const auto found = by_folder_.find(folder); found != by_folder_.end()) {
      return found->second;
    }
  }
  return {"NOASSERTION", "no SPDX header and no licence file"};
}

}  // namespace lucie
