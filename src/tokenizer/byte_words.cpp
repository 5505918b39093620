#include "tokenizer/byte_words.h"

#include <algorithm>
#include <utility>

#include "tokenizer/word_merge.h"

namespace lucie {

ByteSymbols::ByteSymbols(const MergeTable& merges, const std::array<TokenId, 256>& ids)
    : ids_(ids),
      complete_(std::ranges::min(ids) >= 0),
      pairs_(std::size_t{1} << 16, merges.no_candidate()) {
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    const TokenId left = ids[i >> 8], right = ids[i & 0xFF];
    if (left >= 0 && right >= 0) pairs_[i] = merges.candidate(left, right);
  }
}

namespace {

// One of the words that are merged at the same time.
class Lane {
 public:
  void start(const MergeTable& merges, const ByteSymbols& symbols, ByteWord& word) {
    word_ = &word;
    const std::string_view text = word.text;
    merge_.start(
        merges, text.size(), [&](std::size_t i) { return symbols.id(text[i]); },
        [&](std::size_t i) { return symbols.pair(text[i], text[i + 1]); });
  }
  bool choose(const MergeTable& merges) { return merge_.choose(merges); }
  void join(const MergeTable& merges) { merge_.join(merges); }
  void update(const MergeTable& merges) { merge_.update(merges); }
  void finish(std::span<TokenId> ids) {
    word_->count = merge_.finish(ids.subspan(word_->begin));
    word_->merged = true;
  }

 private:
  WordMerge merge_;
  ByteWord* word_ = nullptr;
};

}  // namespace

// The compiler makes a variant with wider minima and the program picks one when it starts.
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__)
[[gnu::target_clones("arch=x86-64-v3", "default")]]
#endif
void merge_byte_words(const MergeTable& merges, const ByteSymbols& symbols,
                      std::span<ByteWord> words, std::span<TokenId> ids) {
  constexpr std::size_t kAtOnce = 16;
  std::array<Lane, kAtOnce> lanes;
  std::array<Lane*, kAtOnce> order;  // the first `count` are at work
  std::size_t count = 0, next = 0;
  for (std::size_t i = 0; i < kAtOnce; ++i) order[i] = &lanes[i];
  for (;;) {
    for (; count < kAtOnce && next < words.size(); ++next) {
      if (!words[next].merged) order[count++]->start(merges, symbols, words[next]);
    }
    if (count == 0) return;
    for (std::size_t i = 0; i < count;) {
      if (order[i]->choose(merges)) {
        ++i;
      } else {
        order[i]->finish(ids);
        std::swap(order[i], order[--count]);
      }
    }
    for (std::size_t i = 0; i < count; ++i) order[i]->join(merges);
    for (std::size_t i = 0; i < count; ++i) order[i]->update(merges);
  }
}

}  // namespace lucie
