#include "corpus/readers/git_reader.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "corpus/readers/code_files.h"
#include "corpus/readers/git_licences.h"

namespace lucie {

namespace {

constexpr std::uint64_t kMaxSourceBytes = 1 << 20;

std::vector<fs::path> repositories_in(const fs::path& root, const SourceSpec& spec) {
  if (is_git_repository(root)) return {root};
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(root, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_directory() && is_git_repository(entry->path())) found.push_back(entry->path());
  }
  std::sort(found.begin(), found.end());
  if (found.empty()) {
    fail(ErrorCode::kNotFound, "source '" + spec.id + "': no git repository in " + root.string(),
         spec.place, "give the path of a repository, or of a folder of repositories");
  }
  return found;
}

class RepositoryReader {
 public:
  RepositoryReader(const SourceSpec& spec, const fs::path& path, const DocumentSink& sink,
                   const SkipSink& skipped)
      : spec_(spec), tree_(path, spec.revision), sink_(sink), skipped_(skipped) {}

  // The commit stands for a file: what a build knows of its input changes with it.
  const std::string& commit() const { return tree_.commit(); }

  void run() {
    const std::vector<GitFile> files =
        tree_.files([&](const std::string& path, const std::string& why) {
          skipped_({spec_.id, url(path), why, true});
        });
    const GitLicences licences(tree_, files);
    for (const GitFile& file : files) read(file, licences);
  }

 private:
  std::string url(const std::string& path) const {
    return "git:" + tree_.name() + "@" + tree_.commit() + "/" + path;
  }

  void read(const GitFile& file, const GitLicences& licences) {
    const CodeKind kind = code_kind(file.path);
    std::string reason = reason_against_path(file.path);
    if (reason.empty() && kind.language.empty()) reason = "no known kind of source file";
    if (!reason.empty()) return skipped_({spec_.id, url(file.path), reason});
    std::string bytes;
    bool damaged = false;
    try {
      bytes = tree_.contents(file, kMaxSourceBytes);
      reason = reason_against_source(bytes);
    } catch (const Error& error) {
      if (!is_damage(error)) throw;
      reason = error.message();
      damaged = error.code() == ErrorCode::kCorrupt;
    }
    if (!reason.empty()) return skipped_({spec_.id, url(file.path), reason, damaged});
    const Page page = read_plain_page(bytes, file.path);
    if (page.blocks.empty()) return skipped_({spec_.id, url(file.path), "no text"});
    Document document = make_document(file.path, kind);
    document.text = page_text(page.blocks);
    const LicenceFinding licence = licences.of(file.path, bytes);
    document.licence = licence.spdx;
    document.evidence = licence.evidence;
    set_declared_licence(spec_, &document);
    finish_document(&document);
    sink_(std::move(document));
  }

  Document make_document(const std::string& path, const CodeKind& kind) const {
    Document document;
    document.source = spec_.id;
    document.url = url(path);
    document.page = spec_.id + "/" + tree_.name() + "/" + path;
    document.title = path;
    document.created = tree_.date();
    document.format = kind.is_text ? "text" : "code";
    document.language = !kind.is_text ? "code" : spec_.language == "code" ? "" : spec_.language;
    document.code_language = kind.is_text ? "" : kind.language;
    return document;
  }

  const SourceSpec& spec_;
  GitTree tree_;
  const DocumentSink& sink_;
  const SkipSink& skipped_;
};

}  // namespace

void read_git(const SourceSpec& spec, const fs::path& data_dir, const DocumentSink& sink,
              const SkipSink& skipped) {
  for (const fs::path& path : repositories_in(source_root(spec, data_dir), spec)) {
    RepositoryReader reader(spec, path, sink, skipped);
    if (spec.reads(path / reader.commit())) reader.run();
  }
}

}  // namespace lucie
