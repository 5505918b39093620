// bundle.json: which component of an open model lies where in a bundle, and under which licence
// (docs/formats/bundle.md). It is what audits and bills of materials start from; hashes stand in
// SHA256SUMS.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "release/settings.h"

namespace lucie {

struct Component {
  std::string name;                // "model-parameters", ...
  std::string content;             // "code", "data" or "document"
  std::string licence;             // SPDX expression
  std::vector<std::string> paths;  // files, or folders with a slash at the end
  std::string where;               // of what is not in the bundle; else empty
};

struct Bundle {
  std::string name;     // the model's
  std::string program;  // that made it
  std::vector<Component> components;
  Json to_json() const;
};

// The components whose files lie in `dir`, and the code, whose place `settings` or else the name of
// the program tells. `corpus_licence`: derived, of the documents. Set name and program first.
void add_components(const fs::path& dir, const ReleaseSettings& settings,
                    const std::string& corpus_licence, Bundle* bundle);

// Reads bundle.json; what is no such file, or names files outside of the bundle, is kCorrupt,
// another version kUnsupported.
Bundle read_bundle(const fs::path& dir);

}  // namespace lucie
