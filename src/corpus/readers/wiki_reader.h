// The pages of MediaWiki dumps (wiki_dump.h) as documents: those of the namespaces that the source
// asks for (0, the articles), without redirects. The URL is that of the page on its wiki, the
// provenance "FILE page ID revision REVISION"; `created` is the date of that revision. The language
// is the source's, else the wiki's.
#pragma once

#include "corpus/readers/source_file.h"

namespace lucie {

void read_wiki_dump(const SourceSpec& spec, const SourceFile& file, const DocumentSink& sink,
                    const SkipSink& skipped);

}  // namespace lucie
