// From an entry of the recipe's `sources` to documents. One table of readers by name:
//
//   debian-package  {package: manpages-fr}      an unpacked package below DATA/debian
//   (get-corpus.sh):
//                                               its man pages, HTML pages, texts and Python files
//   aligned         {package: manpages-fr, with: manpages}   pairs of paragraphs of two packages
//   text            {path: ~/texts}             a folder (or file) of .txt, .md and .jsonl
//   man, html, code, jsonl, parquet, warc, wet, mediawiki  {path: ...}  a folder (or file) of that
//                                               format only
//   git             {path: ~/repo, revision: v1}  a repository, or a folder of them
//
// `package` may be a pattern ("libpython3.*") or a list of names and patterns. `languages` limits a
// source to files in those languages, as far as their names tell. Documents come in the order of
// sorted paths. Files that are left out are reported with the reason; nothing is printed. The
// licence is the declared one, else that of the package's copyright file, else NOASSERTION.
//
// Damage of contents (a gzip member, a line that is no JSON, text that is not UTF-8, a Parquet row
// group, a file cut short, a document beyond the limit) never stops a reader: what is good before
// it, and where the format allows it behind it, is delivered, and each damaged part is reported
// once with its place. Only what the recipe or the machine has wrong is thrown: a path or package
// that is not there, fields that no record has, a file that cannot be read.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "corpus/document.h"
#include "corpus/readers/record_fields.h"

namespace lucie {

inline constexpr std::uint64_t kMaxDocumentBytes = 64 << 20;

struct SourceSpec {
  std::string id;
  std::string reader;
  std::vector<std::string> packages;   // patterns of package names
  std::string with;                    // aligned: the package of the first language
  fs::path path;                       // readers of folders; "~/" is the home directory
  std::string language;                // empty: told by each file's name
  std::vector<std::string> languages;  // of files to read; empty: all
  std::string licence;                 // declared for all of the source; empty: looked up per file
  std::string rights_holder;           // of documents that do not name theirs
  bool unshareable = false;            // reasons for leaving files out quote nothing of them
  RecordFields fields;                 // of records
  std::vector<std::string> robots;     // warc: "noai", "noindex": leave out pages that say so
  std::string revision;                // git: a commit, branch or tag; empty: HEAD
  std::vector<int> namespaces = {0};   // mediawiki: numbers of those to read
  // Larger documents, and lines, are reported as damaged (the recipe's corpus.max_document).
  std::uint64_t max_document = kMaxDocumentBytes;
  std::string place;  // of the entry, for errors
  // Asked for each file (of an aligned pair the translation), in their order, before it is opened:
  // so a build lists the files of a source and reads it in parts. Empty: all are read.
  std::function<bool(const fs::path& file)> wants;
  bool reads(const fs::path& file) const { return !wants || wants(file); }
};

// Checks the keys that readers use; the registry (sources.h) reads the others of the entry.
SourceSpec source_spec_from_json(const Json& entry);
std::vector<std::string> reader_names();
// Whether the source asks for files in that language; code and files that tell none are asked for.
bool wants_language(const SourceSpec& spec, const std::string& language);

struct SkippedFile {
  std::string source;    // id
  std::string url;       // with the place in the file: "file:a.jsonl#12"
  std::string reason;    // without a place, so that equal ones can be counted
  bool damaged = false;  // failed to be read, as opposed to left out by a rule
};
using DocumentSink = std::function<void(Document&&)>;
using SkipSink = std::function<void(const SkippedFile&)>;

// `data_dir` is where scripts/get-corpus.sh put the packages. A package or path that is not there
// is Error{kNotFound}; one that the Debian suite lacks is reported to `skipped`.
void read_source(const SourceSpec& spec, const fs::path& data_dir, const DocumentSink& sink,
                 const SkipSink& skipped);

}  // namespace lucie
