// What became of a document in the build of a corpus, from the verdicts and clusters beside it
// (docs/formats/documents.md).
#pragma once

#include <functional>
#include <string>

#include "base/file.h"
#include "base/json.h"

namespace lucie {

// Is it this document? Given source and id.
using DocumentMatch = std::function<bool(const std::string& source, const std::string& id)>;

// The verdict's line of the first document that matches, with "duplicates" where clusters.jsonl.zst
// names it: [{step, kept: {id, source, url}, dropped: [{id, source, url}, ...]}]. Null when none
// matches. Reads the verdicts up to that line.
Json document_history(const fs::path& corpus_dir, const DocumentMatch& is_wanted);

}  // namespace lucie
