#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/cancel.h"
#include "base/thread_pool.h"
#include "tokenizer/unigram_trainer.h"

namespace lucie::training {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();
// Sums are taken over so many parts of the words, whatever the number of threads.
constexpr std::size_t kParts = 16;

double digamma(double x) {  // asymptotic series, after a recurrence up to 7
  double result = 0;
  for (; x < 7; ++x) result -= 1 / x;
  x -= 0.5;
  const double y = 1 / (x * x);
  return result + std::log(x) +
         y * (1.0 / 24 - y * (7.0 / 960 - y * (31.0 / 8064 - y * 127.0 / 30720)));
}

// An edge of a word's lattice: a piece from `begin` to `end`.
struct Edge {
  std::uint32_t piece = 0;
  std::size_t begin = 0, end = 0;
};

class Lattice {
 public:
  explicit Lattice(const PieceTrie& trie) : trie_(&trie) {}

  // Edges by rising begin, then end.
  void set(std::string_view text) {
    size_ = text.size();
    edges_.clear();
    for (std::size_t at = 0; at < text.size(); ++at) {
      if ((static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) continue;
      trie_->for_each_piece(text, at, [&](std::uint32_t piece, std::size_t end) {
        edges_.push_back({piece, at, end});
      });
    }
  }

  // Adds to `expected` how often each piece occurs in `count` words, over all segmentations by
  // their probability.
  void add_expected(double count, std::vector<double>& expected) {
    forward_.assign(size_ + 1, kNever);
    backward_.assign(size_ + 1, kNever);
    forward_[0] = backward_[size_] = 0;
    for (const Edge& edge : edges_) {
      add_log(forward_[edge.end], forward_[edge.begin] + trie_->score(edge.piece));
    }
    for (auto edge = edges_.rbegin(); edge != edges_.rend(); ++edge) {
      add_log(backward_[edge->begin], backward_[edge->end] + trie_->score(edge->piece));
    }
    for (const Edge& edge : edges_) {
      expected[edge.piece] += count * std::exp(forward_[edge.begin] + trie_->score(edge.piece) +
                                               backward_[edge.end] - forward_[size_]);
    }
  }

  // Pieces of the best segmentation, from the last to the first; of equals the one whose last
  // piece begins first. `without`: an edge over the whole text with this piece is left out.
  const std::vector<std::uint32_t>& best(std::uint32_t without) {
    forward_.assign(size_ + 1, kNever);
    into_.assign(size_ + 1, 0);
    forward_[0] = 0;
    for (std::size_t e = 0; e < edges_.size(); ++e) {
      const Edge& edge = edges_[e];
      if (edge.piece == without && edge.begin == 0 && edge.end == size_) continue;
      const double score = forward_[edge.begin] + trie_->score(edge.piece);
      if (score > forward_[edge.end]) {
        forward_[edge.end] = score;
        into_[edge.end] = e;
      }
    }
    path_.clear();
    if (forward_[size_] == kNever) return path_;
    for (std::size_t at = size_; at > 0; at = edges_[into_[at]].begin) {
      path_.push_back(edges_[into_[at]].piece);
    }
    return path_;
  }
  static constexpr std::uint32_t kAll = ~std::uint32_t{0};

 private:
  static void add_log(double& sum, double value) {  // sum = log(exp(sum) + exp(value))
    const double high = std::max(sum, value), low = std::min(sum, value);
    if (low == kNever) {
      sum = high;
    } else {
      sum = high + std::log1p(std::exp(low - high));
    }
  }

  const PieceTrie* trie_;
  std::size_t size_ = 0;
  std::vector<Edge> edges_;
  std::vector<double> forward_, backward_;
  std::vector<std::size_t> into_;
  std::vector<std::uint32_t> path_;
};

// Sums of `values` over the parts of the words: part p has every kParts-th block of them.
template <typename Value, typename Add>
std::vector<Value> sum_over_words(const WordList& words, std::size_t pieces, const PieceTrie& trie,
                                  ThreadPool& pool, const Add& add) {
  constexpr std::size_t kBlock = 1024;
  std::array<std::vector<Value>, kParts> parts;
  pool.run(kParts, [&](std::int64_t part, int) {
    std::vector<Value>& sums = parts[static_cast<std::size_t>(part)];
    sums.resize(pieces);
    Lattice lattice(trie);
    for (std::size_t begin = static_cast<std::size_t>(part) * kBlock; begin < words.size();
         begin += kParts * kBlock) {
      const std::size_t end = std::min(begin + kBlock, words.size());
      for (std::size_t w = begin; w < end; ++w) {
        lattice.set(words.text(w));
        add(lattice, words.count(w), sums);
      }
    }
  });
  for (std::size_t p = 1; p < kParts; ++p) {
    for (std::size_t i = 0; i < pieces; ++i) parts[0][i] += parts[p][i];
  }
  return std::move(parts[0]);
}

}  // namespace

UnigramEm::UnigramEm(const WordList& words, std::vector<Piece> pieces, ThreadPool& pool)
    : words_(&words), pool_(&pool), pieces_(std::move(pieces)), trie_(pieces_) {}

std::vector<double> UnigramEm::expected_counts() const {
  return sum_over_words<double>(
      *words_, pieces_.size(), trie_, *pool_,
      [](Lattice& lattice, std::uint64_t count, std::vector<double>& sums) {
        lattice.add_expected(static_cast<double>(count), sums);
      });
}

std::vector<std::uint64_t> UnigramEm::viterbi_counts() const {
  return sum_over_words<std::uint64_t>(
      *words_, pieces_.size(), trie_, *pool_,
      [](Lattice& lattice, std::uint64_t count, std::vector<std::uint64_t>& sums) {
        for (const std::uint32_t piece : lattice.best(Lattice::kAll)) sums[piece] += count;
      });
}

// Scores are digamma(count) - digamma(sum) instead of logarithms: a sparse prior that starves rare
// pieces (Liang and Klein, "Structured Bayesian nonparametric models with variational inference",
// ACL 2007 tutorial).
void UnigramEm::iterate() {
  check_cancelled();
  constexpr double kLeast = 0.5;
  const std::vector<double> expected = expected_counts();
  double sum = 0;
  std::size_t kept = 1;
  for (std::size_t i = 1; i < pieces_.size(); ++i) {
    if (expected[i] < kLeast) continue;
    sum += expected[i];
    if (kept != i) pieces_[kept].text = std::move(pieces_[i].text);
    pieces_[kept++].score = digamma(expected[i]);
  }
  pieces_.resize(kept);
  const double all = digamma(sum);
  for (Piece& piece : pieces_) piece.score -= all;
  trie_ = PieceTrie(pieces_);
}

// Without a piece, its places would be written in the best other way to write its text, and those
// pieces be as much more frequent. The loss is the log-likelihood that this costs.
void UnigramEm::prune(std::size_t size) {
  check_cancelled();
  const std::vector<std::uint64_t> counts = viterbi_counts();
  double sum = 0, words = 0;
  for (const std::uint64_t count : counts) sum += static_cast<double>(count);
  for (std::size_t w = 0; w < words_->size(); ++w) words += static_cast<double>(words_->count(w));

  struct Loss {
    std::size_t piece;
    double value;
  };
  std::vector<Loss> losses;
  std::vector<Piece> kept = {pieces_[0]};
  Lattice lattice(trie_);
  for (std::size_t i = 1; i < pieces_.size(); ++i) {
    lattice.set(pieces_[i].text);
    const auto id = static_cast<std::uint32_t>(i);
    const bool whole = lattice.best(Lattice::kAll) == std::vector<std::uint32_t>{id};
    const auto other = whole ? lattice.best(id) : std::vector<std::uint32_t>{};
    const auto count = static_cast<double>(counts[i]);
    if (other.empty()) {  // no other way to write it, or none that is worse
      if (whole || counts[i] > 0) kept.push_back(pieces_[i]);
      continue;
    }
    if (counts[i] == 0) continue;
    const double alternatives = static_cast<double>(other.size());
    const double log_sum = std::log(sum + count * (alternatives - 1));
    double loss = std::log(count) - std::log(sum);
    for (const std::uint32_t piece : other) {
      loss -= std::log(static_cast<double>(counts[piece]) + count) - log_sum;
    }
    losses.push_back({i, count / words * loss});
  }
  std::stable_sort(losses.begin(), losses.end(),
                   [](const Loss& a, const Loss& b) { return a.value > b.value; });
  for (const Loss& loss : losses) {
    if (kept.size() >= size) break;
    kept.push_back(std::move(pieces_[loss.piece]));
  }
  pieces_ = std::move(kept);
  trie_ = PieceTrie(pieces_);
}

}  // namespace lucie::training
