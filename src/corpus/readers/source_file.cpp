#include "corpus/readers/source_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/stream.h"
#include "base/text.h"
#include "corpus/readers/help_page.h"
#include "corpus/readers/html_page.h"
#include "corpus/readers/man_page.h"

namespace lucie {

namespace {

constexpr std::array<std::string_view, 61> kLanguages = {
    "ar", "az", "be", "bg", "bn", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "eo", "es", "et",
    "eu", "fa", "fi", "fr", "ga", "gl", "gu", "he", "hi", "hr", "hu", "id", "is", "it", "ja", "ka",
    "kk", "kn", "ko", "lt", "lv", "mk", "ml", "mr", "ms", "nb", "nl", "nn", "pa", "pl", "pt", "ro",
    "ru", "sk", "sl", "sq", "sr", "sv", "ta", "te", "th", "tr", "uk", "vi", "zh"};

// "fr", "en-us", "pt_BR": the language part, or empty.
std::string language_code(std::string_view word) {
  const std::string lower = to_lower_ascii(word);
  const bool region = lower.size() == 5 && (lower[2] == '-' || lower[2] == '_');
  if (lower.size() != 2 && !region) return {};
  const std::string code = lower.substr(0, 2);
  return std::find(kLanguages.begin(), kLanguages.end(), code) != kLanguages.end() ? code
                                                                                   : std::string();
}

constexpr std::array<std::string_view, 9> kCodeSuffixes = {".c",   ".cc", ".cpp", ".go", ".h",
                                                           ".hpp", ".js", ".py",  ".rs"};

std::string_view without_compression(std::string_view name) {
  for (const std::string_view suffix : {".gz", ".xz", ".zst", ".bz2"}) {
    if (name.ends_with(suffix)) return name.substr(0, name.size() - suffix.size());
  }
  return name;
}

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view extension(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(dot);
}

// ".../man1/ls.1": the folder's section is that of the name.
bool is_man_path(std::string_view path) {
  const std::string_view suffix = extension(path);
  if (suffix.size() < 2 || suffix[1] < '1' || suffix[1] > '9') return false;
  const std::size_t folder = path.rfind('/');
  if (folder == std::string_view::npos) return true;
  const std::string_view parent = base_name(path.substr(0, folder));
  return parent.size() < 4 || !parent.starts_with("man") || parent[3] == suffix[1];
}

// The papers of a package, not its text.
bool is_package_paper(std::string_view relative) {
  if (!relative.starts_with("usr/share/doc/") && !relative.starts_with("DEBIAN/")) return false;
  const std::string name = to_lower_ascii(base_name(relative));
  constexpr std::array<std::string_view, 9> kPapers = {"changelog", "copyright", "news",
                                                       "readme",    "todo",      "authors",
                                                       "thanks",    "changes",   "license"};
  return std::any_of(kPapers.begin(), kPapers.end(),
                     [&](std::string_view paper) { return name.starts_with(paper); });
}

// Tests, generated tables and the like teach nothing but themselves.
std::string reason_against_code(std::string_view relative, std::string_view bytes) {
  for (const std::string_view folder :
       {"test/", "tests/", "idlelib/", "pydoc_data/", "encodings/"}) {
    const std::size_t at = relative.find(folder);
    if (at != std::string_view::npos && (at == 0 || relative[at - 1] == '/')) {
      return "below " + std::string(folder) + ", which holds tests or tables";
    }
  }
  if (bytes.size() > 400'000) return "code file of more than 400 kB";
  const auto digits =
      std::count_if(bytes.begin(), bytes.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (static_cast<std::size_t>(digits) * 5 > bytes.size()) return "mostly numbers";
  return {};
}

fs::path expand_home(const fs::path& path) {
  const std::string text = path.string();
  const char* home = std::getenv("HOME");
  if (!text.starts_with("~/") || home == nullptr) return path;
  return fs::path(home) / text.substr(2);
}

}  // namespace

std::string format_of(std::string_view relative) {
  const std::string_view path = without_compression(relative);
  if (is_package_paper(path)) return {};
  const std::string suffix = to_lower_ascii(extension(base_name(path)));
  const bool help_folder = relative.starts_with("usr/share/help/");
  if (suffix == ".page" || suffix == ".docbook" || (suffix == ".xml" && help_folder)) return "help";
  const bool fortunes = relative.starts_with("usr/share/games/fortunes/");
  if (fortunes && suffix.empty()) return "text";
  if (suffix == ".html" || suffix == ".htm" || suffix == ".xhtml") return "html";
  if (suffix == ".txt" || suffix == ".md") return "text";
  if (suffix == ".jsonl" || suffix == ".ndjson") return "jsonl";
  if (suffix == ".json") return "json";
  if (suffix == ".parquet") return "parquet";
  if (suffix == ".xml") return "mediawiki";
  if (suffix == ".warc" || suffix == ".wet") return suffix.substr(1);
  if (std::find(kCodeSuffixes.begin(), kCodeSuffixes.end(), suffix) != kCodeSuffixes.end()) {
    return "code";
  }
  return is_man_path(path) ? "man" : "";
}

bool is_damage(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kCorrupt:
    case ErrorCode::kUnsupported:
    case ErrorCode::kMismatch:
      return true;
    default:
      return false;
  }
}

fs::path source_root(const SourceSpec& spec, const fs::path& data_dir) {
  fs::path root = expand_home(spec.path);
  if (root.is_relative() && !fs::exists(root)) root = data_dir / root;
  if (!fs::exists(root)) {
    fail(ErrorCode::kNotFound, "source '" + spec.id + "': no such folder: " + spec.path.string(),
         spec.place, "give the path of a folder or file");
  }
  return root;
}

std::vector<SourceFile> list_files(const fs::path& root, Links links) {
  std::vector<SourceFile> files;
  std::error_code error;
  if (fs::is_regular_file(root, error)) {
    const std::string name = root.filename().string();
    files.push_back({root, name, format_of(name)});
    return files;
  }
  fs::recursive_directory_iterator walk(root, error);
  for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
    const fs::directory_entry& entry = *walk;
    std::error_code no_target;
    const bool link = entry.is_symlink();
    if (link && links == Links::kIgnore) continue;
    if (!entry.is_regular_file(no_target) && !(link && no_target)) continue;
    std::string relative = entry.path().lexically_relative(root).generic_string();
    std::string format = format_of(relative);
    if (!format.empty()) files.push_back({entry.path(), std::move(relative), std::move(format)});
  }
  if (error) fail(ErrorCode::kIo, "cannot list a folder: " + error.message(), root.string());
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.relative < b.relative; });
  std::set<std::pair<dev_t, ino_t>> seen;
  std::erase_if(files, [&](const SourceFile& file) {
    struct stat status {};
    if (stat(file.path.c_str(), &status) != 0) return false;
    return !seen.insert({status.st_dev, status.st_ino}).second;
  });
  return files;
}

Page read_plain_page(std::string_view bytes, const std::string& title) {
  Page page;
  page.title = title;
  if (std::string text = tidy_code(to_utf8(bytes)); !text.empty()) {
    page.blocks.push_back({BlockKind::kCode, std::move(text)});
  }
  return page;
}

Page read_page(const SourceFile& file) {
  const std::string place = file.path.string();
  const std::string bytes = read_decompressed(file.path, kMaxFileBytes);
  if (file.format == "html") return read_html_page(bytes, place);
  if (file.format == "help") return read_help_page(bytes, place);
  if (file.format == "man") {
    ManPage man = read_man_page(bytes, place);
    if (!man.redirect.empty() && man.page.blocks.empty()) {
      fail(ErrorCode::kUnsupported, "only a redirection to " + man.redirect, place);
    }
    return std::move(man.page);
  }
  if (bytes.find('\0') != std::string::npos) fail(ErrorCode::kCorrupt, "binary file", place);
  if (file.format == "code") {
    const std::string reason = reason_against_code(file.relative, bytes);
    if (!reason.empty()) fail(ErrorCode::kUnsupported, reason, place);
  }
  return read_plain_page(bytes, std::string(base_name(without_compression(file.relative))));
}

bool read_file_text(const SourceFile& file, Document* document, const SkipSink& skipped) {
  try {
    const Page page = read_page(file);
    document->title = page.title;
    document->text = page_text(page.blocks);
  } catch (const Error& error) {
    if (!is_damage(error)) throw;
    const bool damaged = error.code() != ErrorCode::kUnsupported;
    skipped({document->source, document->url, error.message(), damaged});
    return false;
  }
  if (document->text.empty()) {
    skipped({document->source, document->url, "no text"});
    return false;
  }
  document->format = file.format;
  return true;
}

std::string language_in_path(std::string_view relative, std::string_view format) {
  if (format == "code") return "code";
  const std::string_view path = without_compression(relative);
  const std::string_view name = base_name(path);
  const std::string_view stem = name.substr(0, name.size() - extension(name).size());
  const std::string_view inner = extension(stem);  // ".fr" of "index.fr.html"
  if (format != "man" && inner.size() > 1) {
    if (std::string code = language_code(inner.substr(1)); !code.empty()) return code;
  }
  const std::vector<std::string> folders = split(path, '/');
  // Help systems have a folder per locale, "C" for the untranslated: "pt_BR", "sr@latin", "oc".
  if (path.starts_with("usr/share/help/") && folders.size() > 4) {
    const std::string locale = folders[3].substr(0, folders[3].find_first_of("_@"));
    return locale == "C" ? "en" : locale;
  }
  for (std::size_t i = folders.size() - 1; i-- > 0;) {
    // Below man/ the language comes first; elsewhere any folder may be called by one.
    if (format == "man" && (i == 0 || folders[i - 1] != "man")) continue;
    if (std::string code = language_code(folders[i]); !code.empty()) return code;
  }
  return {};
}

std::string package_language(std::string_view package) {
  const std::vector<std::string> words = split(package, '-');
  if (words.size() < 2) return {};
  if (std::string code = language_code(words.back()); !code.empty() && words.back().size() == 2) {
    // "help-en-us": the language is the word before the region.
    const std::string before = words.size() > 2 ? language_code(words[words.size() - 2]) : "";
    return before.empty() ? code : before;
  }
  return words.size() > 2 && words.back().size() == 2 ? language_code(words[words.size() - 2]) : "";
}

std::string package_family(std::string_view package) {
  std::vector<std::string> words = split(package, '-');
  if (package_language(package).empty()) return std::string(package);
  const bool region = words.size() > 2 && words.back().size() == 2 &&
                      !language_code(words[words.size() - 2]).empty();
  words.resize(words.size() - (region ? 2 : 1));
  return join(words, "-");
}

std::string page_key(std::string_view family, std::string_view relative, std::string_view format,
                     std::string_view language) {
  const std::string_view path = without_compression(relative);
  if (format == "man") return "man/" + std::string(base_name(path));
  const std::string_view suffix = extension(base_name(path));
  // Code keeps its suffix, texts lose it: x.html and x.txt are one page.
  std::string_view kept = format == "code" ? path : path.substr(0, path.size() - suffix.size());
  const std::string_view inner = extension(base_name(kept));
  if (inner.size() > 1 && language_code(inner.substr(1)) == language) {
    kept.remove_suffix(inner.size());
  }
  std::string key(family);
  for (const std::string& folder : split(kept, '/')) {
    const bool standard =
        folder == "usr" || folder == "share" || folder == "doc" || folder == "html";
    const bool named_by_package = package_family(folder) == family;
    const bool untranslated = folder == "C" && language == "en";  // of help systems
    if (standard || named_by_package || untranslated || language_code(folder) == language) continue;
    key += "/" + folder;
  }
  // A text whose whole name is that of its package: the book in one file.
  return key == family ? key + "/" + std::string(base_name(kept)) : key;
}

void set_declared_licence(const SourceSpec& spec, Document* document) {
  if (!spec.licence.empty()) {
    document->licence = spec.licence;
    document->evidence = "declared in the recipe";
  } else if (document->licence.empty()) {
    document->licence = "NOASSERTION";
    document->evidence = "no licence declared for this source";
  }
}

void finish_document(Document* document) {
  document->hash = text_hash(document->text);
  const std::string identity = document->url + "\n" + document->text;
  document->id = document->source + "-" + sha256_hex(identity).substr(0, 16);
}

}  // namespace lucie
