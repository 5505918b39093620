#include "tokenizer/bpe_trainer_merges.h"

#include <algorithm>
#include <map>
#include <queue>
#include <unordered_map>

#include "base/cancel.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "tokenizer/unicode.h"

namespace lucie::bpe {
namespace {

using Pair = std::uint64_t;  // left id in the high half, so that pairs sort as (left, right)
using WordList = std::vector<std::uint32_t>;

Pair make_pair_key(Symbol left, Symbol right) {
  return std::uint64_t{left} << 32 | right;
}

std::vector<char32_t> choose_alphabet(const WordCounts& words, std::size_t limit) {
  std::map<char32_t, std::uint64_t> counts;
  std::vector<std::uint64_t> low(0x800);  // most characters of European text, without a search
  for (const auto& entry : words.entries()) {
    const std::string_view text = words.text(entry);
    for (std::size_t at = 0; at < text.size();) {
      const char32_t c = unicode::code_point(text.data() + at);
      (c < low.size() ? low[c] : counts[c]) += entry.count;
      at += unicode::char_length(static_cast<unsigned char>(text[at]));
    }
  }
  for (char32_t c = 0; c < low.size(); ++c) {
    if (low[c] > 0) counts[c] = low[c];
  }
  std::vector<std::pair<char32_t, std::uint64_t>> seen(counts.begin(), counts.end());
  if (seen.size() > limit) {
    std::stable_sort(seen.begin(), seen.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    seen.resize(limit);
  }
  std::vector<char32_t> alphabet;
  for (const auto& [c, count] : seen) alphabet.push_back(c);
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

class Learner {
 public:
  Learner(const WordCounts& words, std::vector<std::string> initial, const LearnOptions& options)
      : options_(options) {
    for (std::string& token : initial) add_token(std::move(token));
    for (const char32_t c : choose_alphabet(words, options.limit_alphabet)) {
      std::string token;
      append_utf8(token, c);
      if (!ids_.contains(token)) add_token(std::move(token));
    }
    check_room();
    spell(words);
    for (std::size_t w = 0; w < lengths_.size(); ++w) count_pairs(w);
    queue_touched();
  }

  Learned run() {
    const std::size_t start = vocabulary_.size();
    Progress progress("tokenizer merges", options_.vocab_size - start, "merge");
    while (vocabulary_.size() < options_.vocab_size && !queue_.empty()) {
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
    return {std::move(vocabulary_), last_ranks()};
  }

 private:
  Symbol add_token(std::string token) {
    const auto id = static_cast<Symbol>(vocabulary_.size());
    ids_.emplace(token, id);
    vocabulary_.push_back(std::move(token));
    return id;
  }

  void check_room() const {
    if (vocabulary_.size() <= options_.vocab_size) return;
    fail(ErrorCode::kInvalidArgument,
         "a vocabulary of " + std::to_string(options_.vocab_size) +
             " cannot hold the initial tokens and the alphabet",
         "vocab_size", "use at least " + std::to_string(vocabulary_.size()));
  }

  // Words as ids, in one array; characters outside the alphabet are left out.
  void spell(const WordCounts& words) {
    std::string token;
    for (const auto& entry : words.entries()) {
      const std::string_view text = words.text(entry);
      offsets_.push_back(symbols_.size());
      for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = unicode::char_length(static_cast<unsigned char>(text[at]));
        token.assign(text, at, length);
        if (const auto found = ids_.find(token); found != ids_.end()) {
          symbols_.push_back(found->second);
        }
        at += length;
      }
      lengths_.push_back(symbols_.size() - offsets_.back());
      word_counts_.push_back(static_cast<std::int64_t>(entry.count));
    }
    symbols_.shrink_to_fit();
  }

  void count_pairs(std::size_t word) {
    const Symbol* symbols = &symbols_[offsets_[word]];
    for (std::size_t i = 1; i < lengths_[word]; ++i) see(symbols[i - 1], symbols[i], word);
  }

  std::uint32_t index_of(Symbol left, Symbol right) {
    const std::uint32_t index = pairs_[make_pair_key(left, right)];
    if (index == counts_.size()) {
      counts_.push_back(0);
      pending_.emplace_back();
    }
    return index;
  }

  // Words are gone through in rising order, so looking at the list's end keeps it free of doubles.
  void see(Symbol left, Symbol right, std::size_t word) {
    const std::uint32_t index = index_of(left, right);
    counts_[index] += word_counts_[word];
    WordList& list = pending_[index];
    if (list.empty()) touched_.push_back(index);
    if (list.empty() || list.back() != word) list.push_back(static_cast<std::uint32_t>(word));
  }
  void lose(Symbol left, Symbol right, std::size_t word) {
    counts_[index_of(left, right)] -= word_counts_[word];
  }

  // Pairs with new places become candidates. A pair that was a candidate before gets a second entry
  // with the new places only, as in the reference.
  void queue_touched() {
    for (const std::uint32_t index : touched_) {
      if (counts_[index] > 0) {
        queue_.push(
            {counts_[index], pairs_.pair(index), index, static_cast<std::uint32_t>(lists_.size())});
        lists_.push_back(std::move(pending_[index]));
      }
      pending_[index] = WordList();
    }
    touched_.clear();
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
    Symbol* symbols = &symbols_[offsets_[word]];
    const std::size_t length = lengths_[word];
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
    lengths_[word] = out;
  }

  // A pair merged twice keeps its last rank, as in the reference.
  std::vector<std::pair<Symbol, Symbol>> last_ranks() const {
    std::unordered_map<Pair, std::size_t> last;
    for (std::size_t i = 0; i < merges_.size(); ++i) last[merges_[i].first] = i;
    std::vector<std::pair<Symbol, Symbol>> ranked;
    for (std::size_t i = 0; i < merges_.size(); ++i) {
      const Pair pair = merges_[i].first;
      if (last[pair] == i) {
        ranked.emplace_back(static_cast<Symbol>(pair >> 32), static_cast<Symbol>(pair));
      }
    }
    return ranked;
  }

  LearnOptions options_;
  std::vector<std::string> vocabulary_;
  std::unordered_map<std::string, Symbol> ids_;
  std::vector<std::pair<Pair, Symbol>> merges_;

  std::vector<Symbol> symbols_;
  std::vector<std::size_t> offsets_, lengths_;  // by word
  std::vector<std::int64_t> word_counts_;

  PairIndex pairs_;
  std::vector<std::int64_t> counts_;    // by pair index
  std::vector<WordList> pending_;       // by pair index: places not yet in the queue
  std::vector<std::uint32_t> touched_;  // pairs with pending places
  std::vector<WordList> lists_;         // by candidate
  std::priority_queue<Candidate, std::vector<Candidate>, ComesLater> queue_;
};

}  // namespace

Learned learn_merges(const WordCounts& words, std::vector<std::string> initial,
                     const LearnOptions& options) {
  return Learner(words, std::move(initial), options).run();
}

}  // namespace lucie::bpe
