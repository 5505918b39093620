// From an entry of the recipe's `sources` to documents. One table of readers by name:
//
//   debian-package  {package: manpages-fr}      an unpacked package below DATA/debian
//   (get-corpus.sh):
//                                               its man pages, HTML pages, texts and Python files
//   aligned         {package: manpages-fr, with: manpages}   pairs of paragraphs of two packages
//   text            {path: ~/texts}             a folder (or file) of .txt, .md and .jsonl
//   man, html, code, jsonl, parquet  {path: ...}  a folder (or file) of that format only
//
// `package` may be a pattern ("libpython3.*"). Documents come in the order of sorted paths. Files
// that are left out are reported with the reason; nothing is printed. The licence is the declared
// one, else that of the package's copyright file, else NOASSERTION.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "corpus/document.h"
#include "corpus/readers/record_fields.h"

namespace lucie {

struct SourceSpec {
  std::string id;
  std::string reader;
  std::string package;   // pattern of package names
  std::string with;      // aligned: the package of the first language
  fs::path path;         // readers of folders; "~/" is the home directory
  std::string language;  // empty: told by each file's name
  std::string licence;   // declared for all of the source; empty: looked up per file
  RecordFields fields;   // of records
  std::string place;     // of the entry, for errors
};

// Checks the keys that readers use; the registry (sources.h) reads the others of the entry.
SourceSpec source_spec_from_json(const Json& entry);
std::vector<std::string> reader_names();

struct SkippedFile {
  std::string source;  // id
  std::string url;
  std::string reason;
};
using DocumentSink = std::function<void(Document&&)>;
using SkipSink = std::function<void(const SkippedFile&)>;

// `data_dir` is where scripts/get-corpus.sh put the packages. A package or path that is not there
// is Error{kNotFound}; one that the Debian suite lacks is reported to `skipped`.
void read_source(const SourceSpec& spec, const fs::path& data_dir, const DocumentSink& sink,
                 const SkipSink& skipped);

}  // namespace lucie
