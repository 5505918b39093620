// What an audit is made from: a bundle of ours, a release description (docs/formats/
// release-description.md), or a record of the Model Openness Tool (its YAML or JSON).
#pragma once

#include <optional>

#include "base/file.h"
#include "corpus/sources.h"
#include "release/openness.h"

namespace lucie {

// A folder is a bundle, or a run with a release; a file one of the other two. What is none of them
// is kCorrupt or kInvalidArgument with its place. Of a bundle, findings name the components whose
// files are not there, licences that nobody knows, and sources that the recipe no longer has.
OpennessFacts read_openness(const fs::path& path);

// Of bundle `dir`: sources that were trained on and of which the recipe or the terms no longer
// speak, and licences of the terms that nobody knows.
std::vector<Finding> source_findings(const fs::path& dir);

// "I", "II", "III" or 1 to 3; 0 for none.
int parse_openness_class(const Json& value);

}  // namespace lucie
