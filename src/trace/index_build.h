// Makes a suffix index of tokens that may be larger than memory: blocks of documents are sorted in
// memory, as many at a time as there are threads, and merged. The file is a function of the tokens
// alone, for any memory and any number of threads.
#pragma once

#include "base/thread_pool.h"
#include "trace/token_text.h"

namespace lucie {

// Of memory that sorting takes: for each token and each document of the blocks in work, and on each
// thread for each id up to the greatest.
inline constexpr std::uint64_t kIndexBytesPerToken = 12, kIndexBytesPerId = 16;

// Writes `file`, whole or not at all. At most `memory` bytes are taken, beside a quarter of a
// megabyte on each thread and the pages of mapped files, which the system may take back; a document
// that needs more is kInvalidArgument, as are tokens that would make too many blocks; a token below
// 0 or from 2^24 on kCorrupt. Sorted blocks stay in FILE.work/ while the index is not done, and are
// not sorted again by the next call. Another call at work on them: kIo.
void build_suffix_index(const TokenText& text, const fs::path& file, std::uint64_t memory,
                        ThreadPool& pool);

}  // namespace lucie
