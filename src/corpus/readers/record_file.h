// Files of records, each a document: lines of JSON, and Parquet.
#pragma once

#include "corpus/readers/source_file.h"

namespace lucie {

// Fields as the source says (record_fields.h); language and licence that the recipe declares come
// before the record's own. A record without a text is reported to `skipped`, one that is not what
// it must be as damaged, with its line or row. When no record has the text's field at all, it is
// the recipe that is wrong: Error{kInvalidArgument}.
void read_json_lines(const SourceSpec& spec, const SourceFile& file, const DocumentSink& sink,
                     const SkipSink& skipped);
void read_parquet(const SourceSpec& spec, const SourceFile& file, const DocumentSink& sink,
                  const SkipSink& skipped);

}  // namespace lucie
