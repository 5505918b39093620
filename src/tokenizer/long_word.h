// Merging of a word of any length in O(n log n), fast also where the word is a whole document.
#pragma once

#include <cstddef>
#include <span>

#include "tokenizer/merge_table.h"

namespace lucie {

// As MergeTable::merge(), for words that are too long to be scanned over for each merge.
std::size_t merge_long_word(const MergeTable& table, std::span<TokenId> symbols);

}  // namespace lucie
