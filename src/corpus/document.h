// One document: the unit that licence, provenance and every verdict attach to.
//
// On disk a line of JSON in Dolma's layout: {id, text, source, added, created, metadata: {...}}
// with licence, language and URL in metadata (docs/formats/documents.md).
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace lucie {

struct Document {
  std::string id;        // stable: source id and a hash of (url, text as read)
  std::string text;      // UTF-8
  std::string source;    // id of an entry of the recipe's `sources`
  std::string licence;   // SPDX expression, or "NOASSERTION" with the evidence saying why
  std::string evidence;  // how the licence is known: "usr/share/doc/x/copyright: Files: man/fr/*"
  std::string language;  // "fr", "en", ..., "code", or "en-fr" for an aligned pair
  std::string url;  // where it came from: "deb:manpages-fr@4.18.1-1/usr/share/man/fr/man1/ls.1.gz"
  std::string added;  // dates as YYYY-MM-DD, may be empty; never the clock of this machine
  std::string created;
  std::string author_died;  // year or date, several with ";" between; may be empty
  std::string page;    // key under which translations, formats and copies of a page fall together
  std::string format;  // "html", "text", "man", "code", "pair"
  std::string title;   // may be empty
  // What leads back to the very record, beyond the URL: "crawl.warc.gz@4711 <urn:uuid:...>", "page
  // 12 revision 345"; may be empty.
  std::string provenance;
  std::string code_language;  // of code from repositories: "Python"; else empty
  std::string rights_holder;  // as the record says, else as the recipe does; may be empty
  std::string hash;           // sha256 of text, first 32 hex digits
};

std::string to_json_line(const Document& document);  // no newline
// Of such a line. Place is used in errors ("file:line"). `id` and `text` are needed; a `hash` that
// does not fit the text is kMismatch, and one that is missing is computed.
Document document_from_json(const Json& json, const std::string& place);

std::string text_hash(std::string_view text);  // the value of Document::hash
// "en-fr": a text in two languages.
bool is_aligned_language(std::string_view language);
// Has the form of a language's name: "fr", "pt-BR", "fra_Latn", "en-fr", "code". What a file calls
// a language names a folder and is counted on cards, so that it may be nothing else.
bool is_language_tag(std::string_view name);
bool is_aligned(const Document& document);
bool is_code(const Document& document);

}  // namespace lucie
