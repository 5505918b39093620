#include "tokenizer/bpe_trainer_merges.h"

#include <algorithm>
#include <queue>
#include <span>
#include <unordered_map>

#include "base/cancel.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "tokenizer/alphabet.h"
#include "tokenizer/byte_level.h"
#include "tokenizer/unicode.h"

namespace lucie::bpe {
namespace {

using Pair = std::uint64_t;  // left id in the high half, so that pairs sort as (left, right)
using WordList = std::vector<std::uint32_t>;

Pair make_pair_key(Symbol left, Symbol right) {
  return std::uint64_t{left} << 32 | right;
}

std::vector<char32_t> byte_alphabet() {
  std::vector<char32_t> alphabet;
  for (int byte = 0; byte < 256; ++byte) {
    alphabet.push_back(
        unicode::code_point(byte_level::character(static_cast<unsigned char>(byte)).data()));
  }
  std::sort(alphabet.begin(), alphabet.end());
  return alphabet;
}

// Dense numbers for pairs, in order of first sight.
class PairIndex {
 public:
  PairIndex() : slots_(1 << 16) {}
  std::uint32_t operator[](Pair pair) {
    std::size_t slot = place(pair);
    if (slots_[slot] == 0) {
      pairs_.push_back(pair);
      slots_[slot] = static_cast<std::uint32_t>(pairs_.size());
      if (pairs_.size() * 2 > slots_.size()) {
        grow();
        slot = place(pair);
      }
    }
    return slots_[slot] - 1;
  }
  Pair pair(std::uint32_t index) const { return pairs_[index]; }
  std::size_t size() const { return pairs_.size(); }

 private:
  std::size_t place(Pair pair) const {
    const std::size_t mask = slots_.size() - 1;
    std::uint64_t mixed = pair * 0x9E3779B97F4A7C15ULL;
    mixed ^= mixed >> 32;
    std::size_t slot = mixed & mask;
    while (slots_[slot] != 0 && pairs_[slots_[slot] - 1] != pair) slot = (slot + 1) & mask;
    return slot;
  }
  void grow() {
    slots_.assign(slots_.size() * 2, 0);
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      slots_[place(pairs_[i])] = static_cast<std::uint32_t>(i + 1);
    }
  }

  std::vector<Pair> pairs_;
  std::vector<std::uint32_t> slots_;  // index + 1; 0: free
};

// A pair waiting to be merged in the words it was seen in. Its count may be out of date: counts are
// corrected when the candidate comes up, so the heap needs no updates in its middle.
struct Candidate {
  std::int64_t count = 0;
  Pair pair = 0;
  std::uint32_t index = 0;
  std::uint32_t list = 0;  // which list of words; grows with time
};
struct ComesLater {
  bool operator()(const Candidate& a, const Candidate& b) const {
    if (a.count != b.count) return a.count < b.count;
    return a.pair != b.pair ? a.pair > b.pair : a.list > b.list;
  }
};

constexpr Symbol kNone = ~Symbol{0};

class Learner {
 public:
  Learner(training::WordCounts& words, std::vector<std::string> initial,
          const LearnOptions& options)
      : options_(options) {
    for (std::string& token : initial) add_token(std::move(token));
    const std::vector<char32_t> alphabet =
        options.bytes ? byte_alphabet() : training::choose_alphabet(words, options.limit_alphabet);
    for (const char32_t c : alphabet) {
      std::string token;
      append_utf8(token, c);
      if (!ids_.contains(token)) add_token(std::move(token));
    }
    check_room();
    spell(words);
    words.clear();
    if (word_counts_.size() > UINT32_MAX) {
      fail(ErrorCode::kUnsupported, "more than 4 billion distinct words", "tokenizer training",
           "train on a sample of the corpus");
    }
    for (std::size_t w = 0; w < word_counts_.size(); ++w) count_pairs(w);
    queue_touched();
  }

  std::vector<Learned> run() {
    const std::size_t start = vocabulary_.size();
    const std::size_t wanted =
        *std::max_element(options_.vocab_sizes.begin(), options_.vocab_sizes.end());
    Progress progress("tokenizer merges", wanted - start, "merge");
    while (vocabulary_.size() < wanted && !queue_.empty()) {
      Candidate top = queue_.top();
      queue_.pop();
      if (top.count != counts_[top.index]) {
        top.count = counts_[top.index];
        queue_.push(top);
        continue;
      }
      const auto count = static_cast<std::uint64_t>(top.count);
      if (count < std::max<std::uint64_t>(1, options_.min_frequency)) break;
      merge(top);
      progress.add(1);
      if (merges_.size() % 64 == 0) check_cancelled();
    }
    std::vector<Learned> results;
    for (const std::size_t size : options_.vocab_sizes) results.push_back(first(size, start));
    return results;
  }

 private:
  Symbol add_token(std::string token) {
    const auto id = static_cast<Symbol>(vocabulary_.size());
    ids_.emplace(token, id);
    vocabulary_.push_back(std::move(token));
    return id;
  }

  void check_room() const {
    const std::size_t smallest =
        *std::min_element(options_.vocab_sizes.begin(), options_.vocab_sizes.end());
    if (vocabulary_.size() <= smallest) return;
    fail(ErrorCode::kInvalidArgument,
         "a vocabulary of " + std::to_string(smallest) +
             " cannot hold the initial tokens and the alphabet",
         "vocab_size", "use at least " + std::to_string(vocabulary_.size()));
  }

  // Words as ids, in one array; characters outside the alphabet are left out, and words of less
  // than two that remain: they have no pairs.
  void spell(const training::WordCounts& words) {
    training::CharacterMap<Symbol> symbols;  // id + 1; of a character, or of a byte
    for (Symbol id = 0; id < vocabulary_.size(); ++id) {
      const std::string& token = vocabulary_[id];
      if (token.empty() ||
          token.size() != unicode::char_length(static_cast<unsigned char>(token[0])))
        continue;
      const char32_t c = unicode::code_point(token.data());
      if (!options_.bytes) {
        symbols[c] = id + 1;
      } else if (const auto byte = byte_level::byte(c)) {
        symbols[*byte] = id + 1;
      }
    }
    words.for_each([&](std::string_view word, std::uint64_t count) {
      const std::size_t begin = symbols_.size();
      const auto use = [&](char32_t c) {
        if (const Symbol found = symbols[c]; found != 0) symbols_.push_back(found - 1);
      };
      if (options_.bytes) {
        for (const char c : word) use(static_cast<unsigned char>(c));
      } else {
        training::for_each_character(word, use);
      }
      if (symbols_.size() < begin + 2) {
        symbols_.resize(begin);
        return;
      }
      offsets_.push_back(begin);
      word_counts_.push_back(static_cast<std::int64_t>(count));
    });
    offsets_.push_back(symbols_.size());
    symbols_.shrink_to_fit();
  }

  // Merging leaves room at a word's end, which kNone fills.
  std::span<Symbol> word_symbols(std::size_t word) {
    std::span<Symbol> all(&symbols_[offsets_[word]], offsets_[word + 1] - offsets_[word]);
    while (all.back() == kNone) all = all.first(all.size() - 1);
    return all;
  }

  void count_pairs(std::size_t word) {
    const std::span<const Symbol> symbols = word_symbols(word);
    for (std::size_t i = 1; i < symbols.size(); ++i) see(symbols[i - 1], symbols[i], word);
  }

  std::uint32_t index_of(Symbol left, Symbol right) {
    const std::uint32_t index = pairs_[make_pair_key(left, right)];
    if (index == counts_.size()) {
      counts_.push_back(0);
      waiting_.push_back(kNone);
    }
    return index;
  }

  // Words are gone through in rising order, so looking at the list's end keeps it free of doubles.
  void see(Symbol left, Symbol right, std::size_t word) {
    const std::uint32_t index = index_of(left, right);
    counts_[index] += word_counts_[word];
    if (waiting_[index] == kNone) {
      waiting_[index] = static_cast<std::uint32_t>(pending_.size());
      pending_.emplace_back(index, WordList());
    }
    WordList& list = pending_[waiting_[index]].second;
    if (list.empty() || list.back() != word) list.push_back(static_cast<std::uint32_t>(word));
  }
  void lose(Symbol left, Symbol right, std::size_t word) {
    counts_[index_of(left, right)] -= word_counts_[word];
  }

  // Pairs with new places become candidates. A pair that was a candidate before gets a second entry
  // with the new places only, as in the reference.
  void queue_touched() {
    for (auto& [index, words] : pending_) {
      waiting_[index] = kNone;
      if (counts_[index] <= 0) continue;
      queue_.push(
          {counts_[index], pairs_.pair(index), index, static_cast<std::uint32_t>(lists_.size())});
      words.shrink_to_fit();
      lists_.push_back(std::move(words));
    }
    pending_.clear();
  }

  // The count of the merged pair itself is not set to zero: should the same two tokens meet again
  // (a token made in two ways), the reference goes on counting from the old value.
  void merge(const Candidate& top) {
    const auto left = static_cast<Symbol>(top.pair >> 32);
    const auto right = static_cast<Symbol>(top.pair);
    std::string token = vocabulary_[left] + vocabulary_[right];
    const auto known = ids_.find(token);
    const Symbol merged = known != ids_.end() ? known->second : add_token(std::move(token));
    merges_.push_back({top.pair, merged});
    const WordList words = std::move(lists_[top.list]);
    lists_[top.list] = WordList();
    for (const std::uint32_t word : words) merge_in_word(word, left, right, merged);
    queue_touched();
  }

  void merge_in_word(std::size_t word, Symbol left, Symbol right, Symbol merged) {
    const std::span<Symbol> symbols = word_symbols(word);
    const std::size_t length = symbols.size();
    std::size_t out = 0;
    for (std::size_t i = 0; i < length; ++i) {
      if (symbols[i] != left || i + 1 == length || symbols[i + 1] != right) {
        symbols[out++] = symbols[i];
        continue;
      }
      if (out > 0) {
        lose(symbols[out - 1], left, word);
        see(symbols[out - 1], merged, word);
      }
      ++i;
      if (i + 1 < length) {
        lose(right, symbols[i + 1], word);
        see(merged, symbols[i + 1], word);
      }
      symbols[out++] = merged;
    }
    std::fill(symbols.begin() + static_cast<std::ptrdiff_t>(out), symbols.end(), kNone);
  }

  // What had been learned when the vocabulary first had `size` entries. A pair merged twice keeps
  // its last rank, as in the reference.
  Learned first(std::size_t size, std::size_t start) const {
    std::size_t steps = 0, reached = start;
    for (; steps < merges_.size() && reached < size; ++steps) {
      reached = std::max<std::size_t>(reached, merges_[steps].second + std::size_t{1});
    }
    std::unordered_map<Pair, std::size_t> last;
    for (std::size_t i = 0; i < steps; ++i) last[merges_[i].first] = i;
    Learned result;
    result.vocabulary.assign(vocabulary_.begin(),
                             vocabulary_.begin() + static_cast<std::ptrdiff_t>(reached));
    for (std::size_t i = 0; i < steps; ++i) {
      const Pair pair = merges_[i].first;
      if (last[pair] == i) {
        result.merges.emplace_back(static_cast<Symbol>(pair >> 32), static_cast<Symbol>(pair));
      }
    }
    return result;
  }

  LearnOptions options_;
  std::vector<std::string> vocabulary_;
  std::unordered_map<std::string, Symbol> ids_;
  std::vector<std::pair<Pair, Symbol>> merges_;

  std::vector<Symbol> symbols_;
  std::vector<std::size_t> offsets_;  // by word, and the end
  std::vector<std::int64_t> word_counts_;

  PairIndex pairs_;
  std::vector<std::int64_t> counts_;    // by pair index
  std::vector<std::uint32_t> waiting_;  // by pair index: where in pending_, or kNone
  std::vector<std::pair<std::uint32_t, WordList>> pending_;  // new places, not yet in the queue
  std::vector<WordList> lists_;         // by candidate
  std::priority_queue<Candidate, std::vector<Candidate>, ComesLater> queue_;
};

}  // namespace

std::vector<Learned> learn_merges(training::WordCounts& words,
                                  std::vector<std::string> initial, const LearnOptions& options) {
  return Learner(words, std::move(initial), options).run();
}

}  // namespace lucie::bpe
