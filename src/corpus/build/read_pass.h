// First pass: sources -> documents -> steps that look at one document alone (filters.h), and what
// the comparing pass needs to know of those kept.
#pragma once

#include "corpus/build/context.h"

namespace lucie {

// Of each shard: {documents, kept, dropped, failed, bytes_read, forms: {LANGUAGE: {html, text}}},
// the last in bytes.
std::vector<Json> run_read_pass(const BuildContext& build);

}  // namespace lucie
