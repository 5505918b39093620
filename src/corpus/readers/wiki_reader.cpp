#include "corpus/readers/wiki_reader.h"

#include <algorithm>
#include <utility>

#include "corpus/readers/wiki_dump.h"
#include "corpus/readers/wikitext.h"

namespace lucie {

namespace {

// Why a rule leaves the page out; empty when it is read.
std::string reason_against(const SourceSpec& spec, const WikiPage& page) {
  const std::vector<int>& wanted = spec.namespaces;
  if (std::find(wanted.begin(), wanted.end(), page.name_space) == wanted.end()) {
    return "another namespace";
  }
  if (page.redirect) return "redirect";
  if (!page.model.empty() && page.model != "wikitext") return "no wikitext";
  return {};
}

Document make_document(const SourceSpec& spec, const SourceFile& file, const WikiSite& site,
                       const WikiPage& page) {
  Document document;
  document.source = spec.id;
  document.url = site.url(page.title);
  if (document.url.empty()) document.url = "file:" + file.relative + "#" + page.title;
  document.page = document.url;
  document.title = page.title;
  document.format = "wiki";
  document.created = page.timestamp.substr(0, 10);
  document.provenance = file.relative + " page " + page.id + " revision " + page.revision;
  document.language = spec.language.empty() ? site.language : spec.language;
  set_declared_licence(spec, &document);
  return document;
}

}  // namespace

void read_wiki_dump(const SourceSpec& spec, const SourceFile& file, const DocumentSink& sink,
                    const SkipSink& skipped) {
  WikiDump dump(file.path, spec.max_document);
  for (bool more = true;;) {
    WikiPage page;
    const std::string damage = damage_of([&] { more = dump.next(&page); });
    if (!damage.empty()) {
      const std::string place = "#line " + std::to_string(dump.line());
      skipped({spec.id, "file:" + file.relative + place, damage, true});
      continue;
    }
    if (!more) break;
    Document document = make_document(spec, file, dump.site(), page);
    std::string reason = reason_against(spec, page);
    if (reason.empty()) {
      document.text = page_text(read_wikitext(page.text, dump.site().hidden_namespaces));
      if (document.text.empty()) reason = "no text";
    }
    if (!reason.empty()) {
      skipped({spec.id, document.url, reason});
      continue;
    }
    finish_document(&document);
    sink(std::move(document));
  }
}

}  // namespace lucie
