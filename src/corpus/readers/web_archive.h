// Web archives (formats/warc.h) to documents.
//
//   warc   of `response` records with status 200 the main text of HTML pages (web_page.h), and
//          plain texts; `resource` records likewise
//   wet    the texts of `conversion` records
//
// The URL of a document is that of the page; its provenance is "FILE@OFFSET <urn:uuid:...> IP"; the
// date of the crawl becomes `added`. With `robots: [noai, noindex]` in the source, pages that ask
// for one of these, in a <meta name="robots"> or in X-Robots-Tag, are left out.
#pragma once

#include "corpus/readers/source_file.h"

namespace lucie {

void read_web_archive(const SourceSpec& spec, const SourceFile& file, const DocumentSink& sink,
                      const SkipSink& skipped);

}  // namespace lucie
