// Encoding of words of bytes: what nearly all tokenizers of today do, and where time goes when text
// becomes ids.
#include <algorithm>
#include <array>
#include <cstring>

#include "tokenizer/bpe.h"
#include "tokenizer/word_merge.h"

namespace lucie {
namespace {

constexpr std::size_t kBlock = 256;  // words that are looked up together

// Words, their ids as far as the cache knows them, and those that it does not know.
class WordBlockIds {
 public:
  // `unknown`: room for the words that the cache does not know.
  WordBlockIds(std::string_view text, std::span<const Span> words,
               std::vector<std::string_view>& unknown)
      : text_(text), words_(words), unknown_(unknown) {
    unknown_.clear();
  }

  // All are asked for before the first is read, so that the memory answers in time.
  void look_up(const PieceCache& cache) {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (is_cached(i)) [[likely]]
        probes_[i] = cache.probe(word(i));
    }
    for (std::size_t i = 0; i < words_.size(); ++i) {
      ids_[i] = is_cached(i) ? cache.find(probes_[i], word(i)) : PieceCache::Ids{};
      if (ids_[i].count == 0) [[unlikely]]
        add_unknown(i);
    }
  }

  // ends[i]: how many of `ids` are those of the first i + 1 unknown words. `ids` stays where it is
  // and has four more.
  void set_unknown(const std::vector<TokenId>& ids, std::span<const std::size_t> ends) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i < unknown_.size(); ++i) {
      ids_[places_[i]] = {ids.data() + begin, static_cast<std::uint32_t>(ends[i] - begin)};
      begin = ends[i];
    }
    for (std::size_t i = 0; i < repeat_count_; ++i) {
      ids_[repeats_[i].place] = ids_[places_[repeats_[i].unknown]];
    }
  }
  void remember_unknown(PieceCache& cache) const {
    for (std::size_t i = 0; i < unknown_.size(); ++i) {
      const std::size_t at = places_[i];
      if (is_cached(at) && ids_[at].count > 0) {
        cache.insert(probes_[at], word(at), {ids_[at].data, ids_[at].count});
      }
    }
  }

  void append_to(std::vector<TokenId>& out) const {
    std::array<TokenId, 4 * kBlock> few;
    std::size_t count = 0;
    const auto flush = [&] {
      out.insert(out.end(), few.begin(), few.begin() + static_cast<std::ptrdiff_t>(count));
      count = 0;
    };
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const auto [data, length] = ids_[i];
      if (length <= 4) [[likely]] {
        std::memcpy(&few[count], data, 4 * sizeof(TokenId));
        count += length;
      } else {
        flush();
        out.insert(out.end(), data, data + length);
      }
    }
    flush();
  }

 private:
  struct Repeat {
    std::uint16_t place, unknown;
  };

  std::string_view word(std::size_t i) const {
    return text_.substr(words_[i].begin, words_[i].end - words_[i].begin);
  }
  bool is_cached(std::size_t i) const { return word(i).size() <= PieceCache::kLongest; }

  // New words come in swarms: often the same is among the last few already.
  void add_unknown(std::size_t i) {
    if (is_cached(i)) {
      std::uint16_t& last = last_[probes_[i].hash >> 56];
      if (last > 0 && unknown_[last - 1U] == word(i)) {
        repeats_[repeat_count_++] = {static_cast<std::uint16_t>(i),
                                     static_cast<std::uint16_t>(last - 1)};
        return;
      }
      last = static_cast<std::uint16_t>(unknown_.size() + 1);
    }
    places_[unknown_.size()] = static_cast<std::uint16_t>(i);
    unknown_.push_back(word(i));
  }

  std::string_view text_;
  std::span<const Span> words_;
  std::array<PieceCache::Probe, kBlock> probes_;
  std::array<PieceCache::Ids, kBlock> ids_;
  // Each once, but for those that are too long for the cache.
  std::vector<std::string_view>& unknown_;
  std::array<std::uint16_t, kBlock> places_;  // of unknown_[i] among words_
  std::array<Repeat, kBlock> repeats_;
  std::array<std::uint16_t, 256> last_{};  // by hash: 1 + place in unknown_
  std::size_t repeat_count_ = 0;
};

}  // namespace

void Bpe::encode_words(std::string_view text, std::span<const Span> words, PieceCache& cache,
                       std::vector<TokenId>& out) const {
  thread_local std::vector<std::string_view> unknown;
  thread_local std::vector<TokenId> merged;
  for (; !words.empty(); words = words.subspan(std::min(kBlock, words.size()))) {
    WordBlockIds block(text, words.first(std::min(kBlock, words.size())), unknown);
    block.look_up(cache);
    if (!unknown.empty()) {
      std::array<std::size_t, kBlock> ends;
      merged.clear();
      merge_words_of_bytes(unknown, merged, ends);
      merged.resize(merged.size() + 4);
      block.set_unknown(merged, ends);
    }
    block.append_to(out);
    block.remember_unknown(cache);
  }
}

// Appends the ids of the words; ends[i]: how many there are with those of words[i].
void Bpe::merge_words_of_bytes(std::span<const std::string_view> words, std::vector<TokenId>& out,
                               std::span<std::size_t> ends) const {
  std::array<WordMerge, kMergedAtOnce> merges;
  std::array<WordMerge*, kMergedAtOnce> merge_of;  // nullptr: not merged here
  for (std::size_t first = 0; first < words.size(); first += kMergedAtOnce) {
    const auto group = words.subspan(first, std::min(kMergedAtOnce, words.size() - first));
    std::size_t count = 0;
    for (std::size_t i = 0; i < group.size(); ++i) {
      merge_of[i] = start_merge(group[i], merges[count]) ? &merges[count++] : nullptr;
    }
    merge_words(merges_, std::span(merges).first(count));
    for (std::size_t i = 0; i < group.size(); ++i) {
      const std::size_t before = out.size();
      if (merge_of[i] != nullptr) {
        out.resize(before + group[i].size());
        out.resize(before + merge_of[i]->finish(std::span(out).subspan(before)));
      } else if (const TokenId* whole = whole_token(group[i])) {
        out.push_back(*whole);
      } else {
        merge_piece(group[i], out);
      }
      ends[first + i] = out.size();
    }
  }
}

// False for words that are too long, are not merged, or hold a byte without token.
bool Bpe::start_merge(std::string_view word, WordMerge& merge) const {
  std::array<TokenId, WordMerge::kMostSymbols> symbols;
  if (word.size() > symbols.size() || whole_token(word) != nullptr) return false;
  TokenId missing = 0;
  for (std::size_t i = 0; i < word.size(); ++i) {
    symbols[i] = symbol(static_cast<unsigned char>(word[i])).id;
    missing |= symbols[i];  // -1: no token
  }
  if (missing < 0) return false;
  merge.start(merges_, std::span(symbols).first(word.size()));
  return true;
}

}  // namespace lucie
