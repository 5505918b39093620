// The release: everything that others need to use, check and rebuild a model, in one folder.
//
//   OUT/README.md            model card            OUT/instruct/  OUT/base/   Hugging Face folders
//   OUT/data_card.md .html   data card             OUT/gguf/*.gguf
//   OUT/recipe.yaml          the resolved recipe   OUT/LICENSES.md  what stands under which licence
//   OUT/results.json         every figure          OUT/terms.json   the terms, in three layers
//   OUT/SHA256SUMS           for `sha256sum -c`
#pragma once

#include <string>

#include "base/file.h"
#include "base/json.h"

namespace lucie {

struct ReleaseInput {
  Json recipe;        // resolved; `release:` with intended_use, limits, weights_licence
  Json results;       // docs/formats/results.md, without clocks; `terms` is filled here
  Json corpus_stats;  // stats.json of the corpus stage
  std::string data_card_markdown;             // of corpus/card/data_card.h
  fs::path instruct_dir, base_dir, gguf_dir;  // empty: left out
};

// Fills `out_dir`, which is made and must be empty. A recipe without intended_use, limits or
// weights_licence, and terms that the policy forbids, are kInvalidArgument before anything is
// written. Returns the results with `release` and `terms` filled in, as they stand in results.json.
Json write_release(const ReleaseInput& input, const fs::path& out_dir);

// The checks of the `release:` section alone, for the start of a run.
void check_release_section(const Json& recipe);

}  // namespace lucie
