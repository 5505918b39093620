// An unpacked Debian package: its files with version, language, page key and licence.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "corpus/licence_dep5.h"
#include "corpus/readers/source_file.h"

namespace lucie {

class DebianPackage {
 public:
  explicit DebianPackage(const fs::path& directory);  // DATA/debian/NAME
  const std::string& name() const { return name_; }
  const std::string& version() const { return version_; }
  const std::vector<SourceFile>& files() const { return files_; }

  std::string url(const SourceFile& file) const;  // "deb:NAME@VERSION/PATH"
  std::string language(const SourceFile& file) const;
  std::string key(const SourceFile& file) const;
  LicenceFinding licence(const SourceFile& file) const { return licence_.of(file.relative); }

 private:
  static PackageLicence find_licence(const fs::path& directory, const std::string& name);
  std::string name_, version_, family_;
  std::vector<SourceFile> files_;
  PackageLicence licence_;
};

// Directories of the packages that fit the pattern, sorted. None: Error{kNotFound}, or an empty
// list with `*absent` set when get-corpus.sh noted that the suite lacks it.
std::vector<fs::path> find_packages(const fs::path& data_dir, const SourceSpec& spec,
                                    const std::string& pattern, bool* absent);

void read_debian_packages(const SourceSpec& spec, const fs::path& data_dir,
                          const DocumentSink& sink, const SkipSink& skipped);
void read_aligned_packages(const SourceSpec& spec, const fs::path& data_dir,
                           const DocumentSink& sink, const SkipSink& skipped);

}  // namespace lucie
