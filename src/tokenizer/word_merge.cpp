#include "tokenizer/word_merge.h"

namespace lucie {
namespace {

constexpr TokenId kNothing = -1;

}  // namespace

void WordMerge::start(const MergeTable& table, std::span<const TokenId> symbols) {
  size_ = symbols.size();
  none_ = key(table.no_candidate(), 0);
  at_ = 1;
  before_ = 0;
  symbols_[0] = symbols_[size_ + 1] = kNothing;
  for (std::size_t i = 0; i < size_; ++i) symbols_[i + 1] = symbols[i];
  for (std::size_t at = 0; at <= size_ + 1; ++at) {
    next_[at] = static_cast<std::uint8_t>(at + 1);
    previous_[at] = static_cast<std::uint8_t>(at - 1);
  }
  for (std::size_t at = 1; at < size_; ++at) {
    keys_[at] = key(table.candidate(symbols_[at], symbols_[at + 1]), at);
  }
  const std::size_t lanes = std::max(2 * kLanes, size_ / kLanes * kLanes + kLanes);
  for (std::size_t at = std::max<std::size_t>(size_, 1); at <= lanes; ++at) keys_[at] = none_;
}

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

void merge_words(const MergeTable& table, std::span<WordMerge> words) {
  constexpr std::size_t kAtOnce = 16;
  std::array<WordMerge*, kAtOnce> active;
  for (std::size_t first = 0; first < words.size(); first += kAtOnce) {
    std::size_t count = 0;
    for (WordMerge& word : words.subspan(first, std::min(kAtOnce, words.size() - first))) {
      active[count++] = &word;
    }
    while (count > 0) {
      std::size_t kept = 0;
      for (std::size_t i = 0; i < count; ++i) {
        WordMerge* const word = active[i];
        active[kept] = word;
        kept += word->choose(table) ? 1 : 0;
      }
      count = kept;
      for (std::size_t i = 0; i < count; ++i) active[i]->join(table);
    }
  }
}

}  // namespace lucie
