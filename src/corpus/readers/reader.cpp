#include "corpus/readers/reader.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "corpus/readers/debian_package.h"
#include "corpus/readers/git_reader.h"
#include "corpus/readers/record_file.h"
#include "corpus/readers/source_file.h"
#include "corpus/readers/web_archive.h"
#include "corpus/readers/wiki_reader.h"
#include "corpus/sources.h"

namespace lucie {

namespace {

using ReadFunction = void (*)(const SourceSpec&, const fs::path&, const DocumentSink&,
                              const SkipSink&);

struct ReaderEntry {
  const char* name;
  bool reads_package;  // else a path
  ReadFunction read;
};

void read_folder_file(const SourceSpec& spec, const SourceFile& file, const DocumentSink& sink,
                      const SkipSink& skipped) {
  const std::string told = language_in_path(file.relative, file.format);
  if (!wants_language(spec, told)) return;
  Document document;
  document.source = spec.id;
  document.url = "file:" + file.relative;
  if (!read_file_text(file, &document, skipped)) return;
  document.language = spec.language.empty() ? told : spec.language;
  document.page = page_key(spec.id, file.relative, file.format, document.language);
  set_declared_licence(spec, &document);
  finish_document(&document);
  sink(std::move(document));
}

// Lines of JSON are often called .json in data sets (Dolma, RedPajama), but .json is not always
// lines: it must be asked for.
bool takes(std::string_view reader, std::string_view format) {
  if (reader == "text") return format == "text" || format == "jsonl";
  if (reader == "jsonl") return format == "jsonl" || format == "json";
  return format == reader;
}

// A folder or file; the reader "text" takes plain texts and JSON lines, others their own format.
void read_folder(const SourceSpec& spec, const fs::path& data_dir, const DocumentSink& sink,
                 const SkipSink& skipped) {
  const fs::path root = source_root(spec, data_dir);
  bool found = false;
  for (const SourceFile& file : list_files(root, Links::kFollow)) {
    if (!takes(spec.reader, file.format)) continue;
    found = true;
    if (!spec.reads(file.path)) continue;
    if (!fs::exists(file.path)) {
      skipped({spec.id, "file:" + file.relative, "a link to no file", true});
    } else if (file.format == "jsonl" || file.format == "json") {
      read_json_lines(spec, file, sink, skipped);
    } else if (file.format == "parquet") {
      read_parquet(spec, file, sink, skipped);
    } else if (file.format == "mediawiki") {
      read_wiki_dump(spec, file, sink, skipped);
    } else if (file.format == "warc" || file.format == "wet") {
      read_web_archive(spec, file, sink, skipped);
    } else {
      read_folder_file(spec, file, sink, skipped);
    }
  }
  if (!found && spec.reader != "text") {
    fail(ErrorCode::kNotFound,
         "source '" + spec.id + "': no file for the reader " + spec.reader + " in " + root.string(),
         spec.place,
         "files are looked for in all folders below; links to folders are not followed");
  }
}

constexpr ReaderEntry kReaders[] = {
    {"debian-package", true, read_debian_packages},
    {"aligned", true, read_aligned_packages},
    {"text", false, read_folder},
    {"man", false, read_folder},
    {"html", false, read_folder},
    {"code", false, read_folder},
    {"jsonl", false, read_folder},
    {"parquet", false, read_folder},
    {"warc", false, read_folder},
    {"wet", false, read_folder},
    {"mediawiki", false, read_folder},
    {"git", false, read_git},
};

std::vector<std::string> robots_at(const Json& entry) {
  std::vector<std::string> words = strings_at(entry, "robots");
  for (const std::string& word : words) {
    if (word == "noai" || word == "noindex") continue;
    fail(ErrorCode::kInvalidArgument, "unknown word '" + word + "' in 'robots'", entry.place(),
         "one or both of noai, noindex");
  }
  return words;
}

const ReaderEntry& find_reader(const SourceSpec& spec) {
  for (const ReaderEntry& entry : kReaders) {
    if (spec.reader == entry.name) return entry;
  }
  const std::string meant = did_you_mean(spec.reader, reader_names());
  fail(ErrorCode::kInvalidArgument,
       "unknown reader '" + spec.reader + "' of source '" + spec.id + "'", spec.place,
       meant.empty() ? "one of " + join(reader_names(), ", ") : meant);
}

}  // namespace

std::vector<std::string> reader_names() {
  std::vector<std::string> names;
  for (const ReaderEntry& entry : kReaders) names.emplace_back(entry.name);
  return names;
}

bool wants_language(const SourceSpec& spec, const std::string& language) {
  return spec.languages.empty() || language.empty() || language == "code" ||
         std::find(spec.languages.begin(), spec.languages.end(), language) != spec.languages.end();
}

SourceSpec source_spec_from_json(const Json& entry) {
  std::vector<std::string> known{"package", "with",       "path",     "fields", "languages",
                                 "robots",  "namespaces", "revision", "quality"};
  known.insert(known.end(), registry_keys().begin(), registry_keys().end());
  refuse_unknown_keys(entry, known, "sources");
  SourceSpec spec;
  spec.place = entry.place();
  spec.id = entry.at("id").as_string();
  spec.reader = entry.at("reader").as_string();
  spec.packages = strings_at(entry, "package");
  spec.with = entry.get("with", "");
  spec.path = entry.get("path", "");
  spec.language = entry.get("language", "");
  spec.languages = strings_at(entry, "languages");
  spec.licence = entry.get("licence", "");
  spec.robots = robots_at(entry);
  spec.rights_holder = entry.get("rights_holder", "");
  spec.revision = entry.get("revision", "");
  if (const Json* spaces = entry.find("namespaces")) {
    spec.namespaces.clear();
    for (const Json& space : spaces->items()) {
      spec.namespaces.push_back(static_cast<int>(space.as_int()));
    }
  }
  spec.unshareable = entry.get("terms", "") == terms_name(Terms::kUnshareable);
  const ReaderEntry& reader = find_reader(spec);
  if (const Json* fields = entry.find("fields")) {
    if (spec.reader != "parquet" && spec.reader != "jsonl" && spec.reader != "text") {
      fail(ErrorCode::kInvalidArgument,
           "source '" + spec.id + "': the reader " + spec.reader + " has no fields", spec.place,
           "'fields' is for parquet, jsonl and text");
    }
    spec.fields = RecordFields::from_json(*fields);
  }
  const char* needed = reader.reads_package ? "package" : "path";
  if (reader.reads_package ? spec.packages.empty() : spec.path.empty()) {
    fail(ErrorCode::kInvalidArgument,
         "source '" + spec.id + "': the reader " + spec.reader + " needs '" + needed + "'",
         spec.place);
  }
  std::vector<std::string> names = spec.packages;
  names.push_back(spec.with);
  for (const std::string& name : names) {
    if (name.find('/') == std::string::npos) continue;
    fail(ErrorCode::kInvalidArgument, "source '" + spec.id + "': a package name holds no '/'",
         spec.place);
  }
  return spec;
}

void read_source(const SourceSpec& spec, const fs::path& data_dir, const DocumentSink& sink,
                 const SkipSink& skipped) {
  const DocumentSink take = [&](Document&& document) {
    if (document.rights_holder.empty()) document.rights_holder = spec.rights_holder;
    if (document.language != spec.language && !is_language_tag(document.language)) {
      document.language.clear();
    }
    sink(std::move(document));
  };
  // Why a file cannot be read is counted on the card, and may quote from it.
  const SkipSink silent = [&](const SkippedFile& file) {
    SkippedFile told = file;
    told.reason = file.damaged ? "damaged" : "left out";
    skipped(told);
  };
  find_reader(spec).read(spec, data_dir, take, spec.unshareable ? silent : skipped);
}

}  // namespace lucie
