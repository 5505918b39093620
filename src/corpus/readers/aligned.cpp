// Pairs: pages that two packages hold in two languages, paragraph by paragraph.
//
// Translated manuals keep the structure of the original. Pages are cut at their headings; sections
// whose blocks agree in number and kind are taken as translations of one another, others are left
// out. What stands untranslated (equal on both sides) is no pair.
#include <map>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "corpus/readers/debian_package.h"

namespace lucie {

namespace {

struct LocatedFile {
  const DebianPackage* package = nullptr;
  const SourceFile* file = nullptr;
};
using PagesByKey = std::map<std::string, LocatedFile>;

PagesByKey pages_of(const std::vector<DebianPackage>& packages, std::string_view language) {
  PagesByKey pages;
  for (const DebianPackage& package : packages) {
    for (const SourceFile& file : package.files()) {
      const bool has_structure = file.format == "man" || file.format == "html";
      if (has_structure && package.language(file) == language) {
        pages.try_emplace(package.key(file), LocatedFile{&package, &file});
      }
    }
  }
  return pages;
}

std::vector<std::span<const Block>> sections_of(const Page& page) {
  std::vector<std::span<const Block>> sections;
  const std::span<const Block> blocks = page.blocks;
  std::size_t start = 0;
  for (std::size_t i = 1; i <= blocks.size(); ++i) {
    if (i < blocks.size() && blocks[i].kind != BlockKind::kHeading) continue;
    sections.push_back(blocks.subspan(start, i - start));
    start = i;
  }
  return sections;
}

bool same_structure(std::span<const Block> a, std::span<const Block> b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].kind != b[i].kind) return false;
    // A translation three times as long is none.
    const std::size_t longer = std::max(a[i].text.size(), b[i].text.size());
    const std::size_t shorter = std::min(a[i].text.size(), b[i].text.size());
    if (longer > 3 * shorter + 60) return false;
  }
  return true;
}

// "original\ntranslation", pairs with a blank line between.
std::string pairs_text(const Page& first, const Page& second) {
  const auto sections = sections_of(first), translated = sections_of(second);
  if (sections.size() != translated.size()) return {};
  std::string text;
  for (std::size_t s = 0; s < sections.size(); ++s) {
    if (!same_structure(sections[s], translated[s])) continue;
    for (std::size_t i = 0; i < sections[s].size(); ++i) {
      const Block &a = sections[s][i], &b = translated[s][i];
      if (a.kind == BlockKind::kCode || a.text == b.text) continue;
      if (!text.empty()) text += "\n\n";
      text += tidy_spaces(a.text) + "\n" + tidy_spaces(b.text);
    }
  }
  return text;
}

LicenceFinding both_licences(const LocatedFile& first, const LocatedFile& second) {
  const LicenceFinding a = first.package->licence(*first.file);
  const LicenceFinding b = second.package->licence(*second.file);
  LicenceFinding both{b.spdx, a.evidence + "; " + b.evidence};
  if (a.spdx == "NOASSERTION" || b.spdx == "NOASSERTION") {
    both.spdx = "NOASSERTION";
  } else if (a.spdx != b.spdx) {
    const auto bracketed = [](const std::string& spdx) {
      return spdx.find(" OR ") == std::string::npos ? spdx : "(" + spdx + ")";
    };
    both.spdx = bracketed(a.spdx) + " AND " + bracketed(b.spdx);
  }
  return both;
}

std::vector<DebianPackage> open_packages(const SourceSpec& spec, const fs::path& data_dir,
                                         const std::string& pattern, const SkipSink& skipped) {
  bool absent = false;
  std::vector<DebianPackage> packages;
  for (const fs::path& directory : find_packages(data_dir, spec, pattern, &absent)) {
    packages.emplace_back(directory);
  }
  if (absent) skipped({spec.id, "deb:" + pattern, "this Debian suite has no such package"});
  return packages;
}

}  // namespace

void read_aligned_packages(const SourceSpec& spec, const fs::path& data_dir,
                           const DocumentSink& sink, const SkipSink& skipped) {
  if (!is_aligned_language(spec.language)) {
    fail(ErrorCode::kInvalidArgument,
         "source '" + spec.id + "': aligned pairs need a language like en-fr", spec.place);
  }
  if (spec.packages.size() != 1) {
    fail(ErrorCode::kInvalidArgument, "source '" + spec.id + "': pairs come from one package",
         spec.place, "make a source for each");
  }
  const std::string& package = spec.packages.front();
  const std::string with = spec.with.empty() ? package_family(package) : spec.with;
  const std::vector<DebianPackage> firsts = open_packages(spec, data_dir, with, skipped);
  const std::vector<DebianPackage> seconds = open_packages(spec, data_dir, package, skipped);
  const PagesByKey originals = pages_of(firsts, spec.language.substr(0, 2));
  for (const auto& [key, translation] : pages_of(seconds, spec.language.substr(3))) {
    const auto original = originals.find(key);
    if (original == originals.end() || !spec.reads(translation.file->path)) continue;
    Document document;
    document.source = spec.id;
    document.url = translation.package->url(*translation.file) + " + " +
                   original->second.package->url(*original->second.file);
    try {
      const Page first = read_page(*original->second.file);
      const Page second = read_page(*translation.file);
      document.title = second.title;
      document.text = pairs_text(first, second);
    } catch (const Error& error) {
      if (!is_damage(error)) throw;
      const bool damaged = error.code() != ErrorCode::kUnsupported;
      skipped({spec.id, document.url, error.message(), damaged});
      continue;
    }
    if (document.text.empty()) {
      skipped({spec.id, document.url, "the two pages differ in structure"});
      continue;
    }
    document.language = spec.language;
    document.page = key;
    document.format = "pair";
    const LicenceFinding licence = spec.licence.empty()
                                       ? both_licences(original->second, translation)
                                       : LicenceFinding{spec.licence, "declared in the recipe"};
    document.licence = licence.spdx;
    document.evidence = licence.evidence;
    finish_document(&document);
    sink(std::move(document));
  }
}

}  // namespace lucie
