#include "corpus/readers/debian_package.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace lucie {

namespace {

// A package has no business with copyright files of this size (the largest seen has 440 kB).
constexpr std::uint64_t kMaxCopyrightBytes = 8 << 20;

std::string read_small_file(const fs::path& path) {
  std::error_code error;
  const auto status = fs::symlink_status(path, error);
  if (error || status.type() != fs::file_type::regular) return {};
  if (fs::file_size(path, error) > kMaxCopyrightBytes || error) return {};
  return read_file(path);
}

std::string read_version(const fs::path& directory) {
  const fs::path control = directory / "DEBIAN/control";
  for (const std::string& line : split(read_small_file(control), '\n')) {
    if (line.starts_with("Version:")) return std::string(trim(std::string_view(line).substr(8)));
  }
  fail(ErrorCode::kCorrupt, "unpacked package without a version", control.string(),
       "remove the folder and run scripts/get-corpus.sh again");
}

// The folder of papers may be a link to another package's ("libx -> libx-common"). Only the name it
// ends in is used, so that no link leads out of the data.
std::string linked_name(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_symlink(folder, error)) return {};
  return fs::read_symlink(folder, error).filename().string();
}

// Of the formats that a package's files have, those of one document each.
bool is_page(const std::string& format) {
  return format == "man" || format == "html" || format == "help" || format == "text" ||
         format == "code";
}

}  // namespace

PackageLicence DebianPackage::find_licence(const fs::path& directory, const std::string& name) {
  const std::string doc = "usr/share/doc/";
  std::vector<std::pair<fs::path, std::string>> candidates = {{directory, name}};
  if (const std::string other = linked_name(directory / doc / name); !other.empty()) {
    candidates.emplace_back(directory, other);
    candidates.emplace_back(directory.parent_path() / other, other);
  }
  for (const auto& [root, owner] : candidates) {
    const std::string relative = doc + owner + "/copyright";
    if (fs::is_symlink(root / doc / owner)) continue;
    const std::string text = read_small_file(root / relative);
    if (!text.empty()) return PackageLicence::parse(text, relative);
  }
  return PackageLicence::parse("", "package " + name + " without a copyright file");
}

DebianPackage::DebianPackage(const fs::path& directory)
    : name_(directory.filename().string()),
      version_(read_version(directory)),
      family_(package_family(name_)),
      files_(list_files(directory)),
      licence_(find_licence(directory, name_)) {}

std::string DebianPackage::url(const SourceFile& file) const {
  return "deb:" + name_ + "@" + version_ + "/" + file.relative;
}

std::string DebianPackage::language(const SourceFile& file) const {
  if (std::string code = language_in_path(file.relative, file.format); !code.empty()) return code;
  const std::string code = package_language(name_);
  return code.empty() ? "en" : code;
}

std::string DebianPackage::key(const SourceFile& file) const {
  return page_key(family_, file.relative, file.format, language(file));
}

std::vector<fs::path> find_packages(const fs::path& data_dir, const SourceSpec& spec,
                                    const std::string& pattern, bool* absent) {
  *absent = false;
  const fs::path root = data_dir / "debian";
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(root, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with('.') && entry->is_directory() && dep5_match(pattern, name)) {
      found.push_back(entry->path());
    }
  }
  std::sort(found.begin(), found.end());
  if (!found.empty()) return found;
  const std::vector<std::string> missing = split(read_small_file(root / "absent.txt"), '\n');
  if (std::find(missing.begin(), missing.end(), pattern) == missing.end()) {
    fail(ErrorCode::kNotFound,
         "package '" + pattern + "' of source '" + spec.id + "' is not below " + root.string(),
         spec.place, "run: scripts/get-corpus.sh");
  }
  *absent = true;
  return found;
}

void read_debian_packages(const SourceSpec& spec, const fs::path& data_dir,
                          const DocumentSink& sink, const SkipSink& skipped) {
  std::vector<fs::path> directories;
  for (const std::string& pattern : spec.packages) {
    bool absent = false;
    const std::vector<fs::path> found = find_packages(data_dir, spec, pattern, &absent);
    if (absent) skipped({spec.id, "deb:" + pattern, "this Debian suite has no such package"});
    directories.insert(directories.end(), found.begin(), found.end());
  }
  for (const fs::path& directory : directories) {
    const DebianPackage package(directory);
    for (const SourceFile& file : package.files()) {
      if (!is_page(file.format) || !wants_language(spec, package.language(file))) continue;
      if (!spec.reads(file.path)) continue;
      Document document;
      document.source = spec.id;
      document.url = package.url(file);
      if (!read_file_text(file, &document, skipped)) continue;
      document.language =
          spec.language.empty() || file.format == "code" ? package.language(file) : spec.language;
      document.page = package.key(file);
      const LicenceFinding licence = spec.licence.empty()
                                         ? package.licence(file)
                                         : LicenceFinding{spec.licence, "declared in the recipe"};
      document.licence = licence.spdx;
      document.evidence = licence.evidence;
      finish_document(&document);
      sink(std::move(document));
    }
  }
}

}  // namespace lucie
