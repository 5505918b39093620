// Second pass: what only a comparison tells. Features of all documents are sorted on disk, and of
// those that are the same one stays: the one under the most open licence where the recipe asks for
// it, else the first in the order of the recipe.
//
//   form -> url -> document -> near -> paragraph
#pragma once

#include "corpus/build/context.h"

namespace lucie {

struct Comparisons {
  std::vector<fs::path> drops;  // files of Drop, each sorted; a document is in one at most
  fs::path cuts;                // of Cut
};

// `read`: what run_read_pass gave.
Comparisons run_compare_pass(const BuildContext& build, const std::vector<Json>& read);

// Every group of documents of which one stayed, as a line of JSON (docs/formats/documents.md);
// `first_number`: of the first document of each shard among all.
void write_clusters(const BuildContext& build, const Comparisons& comparisons,
                    const std::vector<std::uint64_t>& first_number, const fs::path& path);

}  // namespace lucie
