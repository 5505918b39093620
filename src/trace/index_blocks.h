// The two halves of build_suffix_index(): blocks of whole documents, each sorted for itself.
#pragma once

#include <vector>

#include "base/thread_pool.h"
#include "trace/token_text.h"

namespace lucie {

struct IndexBlock {
  std::uint64_t begin = 0, end = 0;  // positions; whole documents
  std::uint64_t documents = 0;
  fs::path file;  // u32 of each suffix, in their order: its position less `begin`
  std::uint64_t symbols() const { return end - begin + documents + 1; }
};

struct IndexMemory {
  std::uint64_t bytes = 0;  // for all threads
  std::uint64_t ids = 0;    // one above the greatest
};

// Blocks in the order of the text, such that `threads` of them are sorted in `memory`; `*threads`
// is lowered where a document takes more.
std::vector<IndexBlock> plan_blocks(const TokenText& text, const fs::path& folder,
                                    const IndexMemory& memory, int* threads);
// Writes the block's file.
void sort_block(const TokenText& text, const IndexBlock& block);

}  // namespace lucie
