// Encoding of words of bytes: what nearly all tokenizers of today do, and where time goes when text
// becomes ids.
#include <algorithm>
#include <array>
#include <cstring>

#include "tokenizer/bpe.h"
#include "tokenizer/word_merge.h"

namespace lucie {
namespace {

constexpr std::size_t kBatch = 2048;  // words: enough that some unknown ones are merged together
constexpr std::size_t kAhead = 64;    // words that are asked for before the first of them is read

// Some words of a text and their ids: known ones are written one after another, where others
// belong is noted.
class WordBatch {
 public:
  void look_up(std::string_view text, std::span<const Span> words, const PieceCache& cache) {
    gaps_.clear();
    unknown_.clear();
    probes_.clear();
    const auto word = [&](std::size_t i) {
      return std::string_view(text.data() + words[i].begin, words[i].end - words[i].begin);
    };
    std::array<PieceCache::Probe, kAhead> probes;
    std::size_t count = 0;
    for (std::size_t i = 0; i < words.size() + kAhead; ++i) {
      PieceCache::Probe& probe = probes[i % kAhead];
      if (i >= kAhead) {
        const PieceCache::Ids ids = cache.find(probe, text.data() + words[i - kAhead].begin);
        if (ids.count - 1 < 4) [[likely]] {
          std::memcpy(&known_[count], ids.data, 4 * sizeof(TokenId));
          count += ids.count;
        } else {
          gaps_.push_back({count, ids, ids.count > 0 ? 0 : add_unknown(probe, word(i - kAhead))});
        }
      }
      if (i < words.size()) probe = cache.probe(word(i));
    }
    count_ = count;
  }
  // The words that the cache does not know, each once.
  std::span<ByteWord> unknown() { return unknown_; }

  // `ids`: those of the unknown words.
  void append_to(std::vector<TokenId>& out, std::span<const TokenId> ids) const {
    const TokenId* known = known_.data();
    for (const Gap& gap : gaps_) {
      out.insert(out.end(), known, &known_[gap.at]);
      known = &known_[gap.at];
      const auto missing = gap.known.count > 0 ? std::span(gap.known.data, gap.known.count)
                                               : ids_of(unknown_[gap.unknown], ids);
      out.insert(out.end(), missing.begin(), missing.end());
    }
    out.insert(out.end(), known, &known_[count_]);
  }
  void remember_unknown(PieceCache& cache, std::span<const TokenId> ids) const {
    for (std::size_t i = 0; i < unknown_.size(); ++i) {
      cache.insert(probes_[i], unknown_[i].text, ids_of(unknown_[i], ids));
    }
  }

 private:
  // Ids that are not among known_ but belong before known_[at].
  struct Gap {
    std::size_t at;
    PieceCache::Ids known;  // too many to be copied; none: those of an unknown word
    std::size_t unknown;
  };

  static std::span<const TokenId> ids_of(const ByteWord& word, std::span<const TokenId> ids) {
    return ids.subspan(word.begin, word.count);
  }

  // The number of an unknown word. New words come in swarms: often the same is among the last few
  // already.
  std::size_t add_unknown(const PieceCache::Probe& probe, std::string_view word) {
    std::size_t& last = last_[probe.hash >> 56];
    if (last < unknown_.size() && unknown_[last].text == word) return last;
    last = unknown_.size();
    unknown_.push_back({word});
    probes_.push_back(probe);
    return last;
  }

  std::array<TokenId, 4 * kBatch + 4> known_;
  std::size_t count_ = 0;  // of known_
  std::vector<Gap> gaps_;
  std::vector<ByteWord> unknown_;
  std::vector<PieceCache::Probe> probes_;  // of unknown_
  std::array<std::size_t, 256> last_{};    // by hash: a place in unknown_
};

}  // namespace

void Bpe::encode_words(std::string_view text, std::span<const Span> words, PieceCache& cache,
                       std::vector<TokenId>& out) const {
  thread_local WordBatch batch;
  thread_local std::vector<TokenId> merged;
  for (; !words.empty(); words = words.subspan(std::min(kBatch, words.size()))) {
    batch.look_up(text, words.first(std::min(kBatch, words.size())), cache);
    if (!batch.unknown().empty()) merge_words(batch.unknown(), merged);
    batch.append_to(out, merged);
    batch.remember_unknown(cache, merged);
  }
}

// Their ids are written to `ids`.
void Bpe::merge_words(std::span<ByteWord> words, std::vector<TokenId>& ids) const {
  std::size_t room = 0;
  for (ByteWord& word : words) {
    word.begin = room;
    room += std::min(word.text.size(), WordMerge::kMostSymbols);
  }
  ids.resize(room);
  for (ByteWord& word : words) {
    const std::string_view text = word.text;
    const TokenId* const whole = whole_token(text);
    if (whole == nullptr && text.size() <= WordMerge::kMostSymbols && byte_symbols_.has_all(text)) {
      continue;
    }
    word.merged = true;
    word.begin = ids.size();
    if (whole != nullptr) {
      ids.push_back(*whole);
    } else {
      merge_piece(text, ids);
    }
    word.count = ids.size() - word.begin;
  }
  merge_byte_words(merges_, byte_symbols_, words, ids);
}

}  // namespace lucie
