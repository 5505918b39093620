// Pages of a MediaWiki XML dump (https://www.mediawiki.org/xml/export-0.11.xsd), one after the
// other in bounded memory, from plain or compressed files (pages-articles.xml.bz2).
//
// The export writes <page> and </page> on lines of their own, and text cannot contain them, since
// its "<" is written "&lt;". So a damaged page costs itself: next() throws Error{kCorrupt} and,
// called again, goes on at the next <page>.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/stream.h"

namespace lucie {

struct WikiSite {
  std::string base;      // "https://fr.wikipedia.org/wiki/Accueil"
  std::string language;  // "fr"; may be empty
  // Names of the namespaces of files and of categories, lower case, canonical ones too: links with
  // them are no text.
  std::vector<std::string> hidden_namespaces = {"file", "image", "category", "media"};

  std::string url(std::string_view title) const;  // empty without a base
};

struct WikiPage {
  std::string title, id, revision, timestamp;
  std::string model;  // "wikitext"; empty in old dumps
  std::string text;   // wikitext of the last revision
  int name_space = 0;
  bool redirect = false;
};

class WikiDump {
 public:
  // Larger pages are Error{kCorrupt}, and passed over.
  WikiDump(const fs::path& path, std::size_t max_page) : lines_(path, max_page), max_(max_page) {}
  bool next(WikiPage* page);                      // false at the end
  const WikiSite& site() const { return site_; }  // known from the first page on
  std::uint64_t line() const { return lines_.line_number(); }

 private:
  void read_site_line(std::string_view line);

  LineReader lines_;
  std::size_t max_;
  WikiSite site_;
};

// XML's entities and numbers; others stay as they are.
std::string unescape_xml(std::string_view text);

}  // namespace lucie
