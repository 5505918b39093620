// An interpolated n-gram model with modified Kneser-Ney smoothing: the baseline that a neural model
// trained on the same text must beat, and what text_model.h knows a language by. Chen & Goodman,
// "An empirical study of smoothing techniques for language modeling", Computer Speech and Language
// 13 (1999), section 3 ("modified Kneser-Ney"); n-grams that begin a sequence keep their raw
// counts, as in Heafield et al. 2013.
//
// Symbols are bytes, token ids, anything counted from 0. Every sequence has its own start, which is
// context but never predicted; an end is a symbol like any other, put there by the caller.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace lucie {

// Sequences of symbols end to end, for training. Negative symbols: Error{kInvalidArgument}.
class SymbolText {
 public:
  void add(std::span<const std::int32_t> sequence);
  std::size_t size() const { return symbols_.size(); }  // starts included

 private:
  friend class NgramModel;
  static constexpr std::uint32_t kStart = 0xFFFFFFFE;
  std::vector<std::uint32_t> symbols_;
};

class NgramModel {
 public:
  // A symbol outside [0, vocabulary): Error{kInvalidArgument}. An empty text gives the uniform
  // distribution. The text is not needed afterwards.
  static NgramModel train(const SymbolText& text, int order, std::int64_t vocabulary);

  // -log of the probability of the sequence, from its start.
  double nats(std::span<const std::int32_t> sequence) const;
  // P(symbol | the symbols since the start of a sequence); sums to 1 over the vocabulary.
  double probability(std::span<const std::int32_t> history, std::int32_t symbol) const;
  // An n-gram as a model in backoff form has it: P(w | h) is the probability of the longest one
  // kept that ends with w, times the backoffs of all longer contexts.
  struct Weighted {
    std::span<const std::uint32_t> symbols;
    double probability;  // of the last symbol after the others
    double backoff;      // of all symbols as a context: the share left to the shorter ones
  };
  // Calls the visitor for the n-grams counted at least min_counts[length - 1] times, for those that
  // they begin or end with, and for no others; what pruned ones had goes to the shorter contexts,
  // so that probabilities still sum to 1. Length by length, in the order of their first occurrence;
  // those that begin a sequence are left out. The empty one comes first: of its probability, times
  // its backoff, is a symbol that was never seen.
  void visit(std::span<const std::uint32_t> min_counts,
             const std::function<void(const Weighted&)>& visitor) const;
  std::size_t ngrams(int length) const { return levels_[index(length)].counts.size(); }

 private:
  using Node = std::uint32_t;  // an n-gram, numbered by first occurrence among those of its length
  static constexpr Node kNone = 0xFFFFFFFF;
  static std::size_t index(int length) { return static_cast<std::size_t>(length); }

  // (node of all symbols but the last, last symbol) -> node. Open addressing.
  class Table {
   public:
    Table() : slots_(64) {}
    Node find(Node prefix, std::uint32_t symbol) const;
    // The node, made when there was none; *made tells.
    Node insert(Node prefix, std::uint32_t symbol, bool* made);
    void prefetch(Node prefix, std::uint32_t symbol) const;

   private:
    struct Slot {
      std::uint64_t key = ~std::uint64_t{0};
      Node node = kNone;
    };
    void grow();
    std::vector<Slot> slots_;
    std::size_t used_ = 0;
    int shift_ = 58;
  };

  // All n-grams of one length. Level 0 holds the empty one.
  struct Level {
    Table table;
    std::vector<Node> prefixes;          // without the last symbol, one level down
    std::vector<std::uint32_t> symbols;  // the last one
    std::vector<std::uint32_t> counts;   // raw, or of distinct predecessors
    std::array<double, 4> discounts{};   // of counts 0, 1, 2, 3 and more
    std::vector<double> totals, spared;  // as a context: sum of counts; share left to lower orders
  };

  using Flags = std::vector<std::vector<bool>>;      // by length and node
  using NodeLists = std::vector<std::vector<Node>>;  // by length and node
  NodeLists suffixes() const;                        // without the first symbol, one level down
  Flags kept(std::span<const std::uint32_t> min_counts, const NodeLists& suffixes) const;
  std::vector<double> spared_when_pruned(std::size_t length, const Flags& kept) const;

  void count(const SymbolText& text);
  void discount(Level& level);
  void weigh(const Level& longer, Level& contexts);
  // contexts[m]: node of the last m symbols, kNone beyond what was seen.
  double predict(std::span<const Node> contexts, std::uint32_t symbol) const;
  void advance(std::span<Node> contexts, std::uint32_t symbol) const;
  std::vector<Node> start() const;

  std::int64_t vocabulary_ = 0;
  std::vector<Level> levels_;
};

}  // namespace lucie
