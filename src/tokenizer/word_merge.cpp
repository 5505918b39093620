#include "tokenizer/word_merge.h"

namespace lucie {

// The pair only looked like one of that rank. Its key is right now: no other is to be made of it.
void WordMerge::correct(const MergeTable& table) {
  const std::uint32_t rank = table.find(symbols_[at_], symbols_[next_[at_]]).rank;
  keys_[at_] =
      rank == MergeTable::kNone ? none_ : key(static_cast<MergeTable::Candidate>(rank), at_);
  at_ = before_ = 0;
}

std::size_t WordMerge::finish(std::span<TokenId> out) const {
  std::size_t count = 0;
  for (std::size_t at = 1; at <= size_; at = next_[at]) out[count++] = symbols_[at];
  return count;
}

}  // namespace lucie
