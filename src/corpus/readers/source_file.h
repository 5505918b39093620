// What the readers share: walking a folder, telling formats by name, and reading one file to a
// page.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "corpus/document.h"
#include "corpus/licence_dep5.h"
#include "corpus/readers/page.h"
#include "corpus/readers/reader.h"

namespace lucie {

// Whether an error is about the contents of a file, so that reading goes on behind it.
bool is_damage(const Error& error);

// What is wrong with the contents that `read` reads; empty when nothing is. Other errors pass.
template <typename Read>
std::string damage_of(const Read& read) {
  try {
    read();
    return {};
  } catch (const Error& error) {
    if (!is_damage(error)) throw;
    return error.message();
  }
}

// Larger files are left out: no text that people wrote by hand is of this size.
inline constexpr std::uint64_t kMaxFileBytes = 16 << 20;

struct SourceFile {
  fs::path path;         // to open
  std::string relative;  // to the root of the package or folder, with "/"
  std::string format;    // of format_of()
};

// Links to folders are never followed, so no walk goes round in circles. Links to files are where a
// user names a folder of his own (the snapshots in Hugging Face's cache are made of them), not in
// packages, whose links may lead anywhere.
enum class Links { kIgnore, kFollow };

// Files of known formats below `root`, sorted by relative path. Of several names of one file, hard
// links or links that are followed, the first counts. A link to nothing is listed.
std::vector<SourceFile> list_files(const fs::path& root, Links links = Links::kIgnore);

// The `path` of a source: as it stands, else below `data_dir`. Nothing there is Error{kNotFound}.
fs::path source_root(const SourceSpec& spec, const fs::path& data_dir);

// By name: "usr/share/man/fr/man1/ls.1.gz" is "man"; empty when no reader takes it.
std::string format_of(std::string_view relative);

// Text of one file, verbatim but for white space at the ends of lines, for texts and code.
Page read_plain_page(std::string_view bytes, const std::string& title);

// One file as page; throws Error when it is not what its name says, or is left out for the reason
// that the message gives (code kUnsupported).
Page read_page(const SourceFile& file);

// Sets title, text and format of `document`, whose source and url are set, from the file. False,
// and a word to `skipped`, when it holds no text or is not what its name says.
bool read_file_text(const SourceFile& file, Document* document, const SkipSink& skipped);

// "fr" from "index.fr.html" or ".../man/fr/man1/..."; empty when nothing tells.
std::string language_in_path(std::string_view relative, std::string_view format);

// See document.h. `family` is a package name without language, or a source's id.
std::string page_key(std::string_view family, std::string_view relative, std::string_view format,
                     std::string_view language);
// "libreoffice-help-en-us" -> "libreoffice-help".
std::string package_family(std::string_view package);
std::string package_language(std::string_view package);  // "en" from it; empty when it names none

// The licence that the recipe declares comes before the document's own; without either it is
// NOASSERTION.
void set_declared_licence(const SourceSpec& spec, Document* document);

// Fills id and hash of a document whose other fields are set.
void finish_document(Document* document);

}  // namespace lucie
