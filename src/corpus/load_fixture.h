// Made-up documents by the gigabyte, with duplicates planted among them: to load the corpus build.
//
//   DIR/documents/part-*.jsonl.zst  English-looking words; of ten documents the fourth is an exact
//                                   copy of an earlier one and the eighth a near copy (one word in
//                                   32 is another); every fourth has a notice that many have
//   DIR/recipe.yaml                 builds them: lucie corpus build DIR/recipe.yaml --data DIR
//   DIR/planted.json                {documents, text_bytes, copies, near_copies, notices}
#pragma once

#include <cstdint>

#include "base/file.h"
#include "base/thread_pool.h"

namespace lucie {

// At least `bytes` of text, in files of about 2 MB of it. Same bytes for the same seed.
void write_load_fixture(const fs::path& dir, std::uint64_t bytes, std::uint64_t seed,
                        ThreadPool& pool);

}  // namespace lucie
