#include "tokenizer/unigram_trie.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace lucie::training {

PieceTrie::PieceTrie(const std::vector<Piece>& pieces) {
  constexpr double kUnknownPenalty = 10;
  std::vector<std::uint32_t> order(pieces.size() - 1);
  std::iota(order.begin(), order.end(), 1U);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return pieces[a].text < pieces[b].text; });
  double worst = std::numeric_limits<double>::infinity();
  for (const Piece& piece : pieces) {
    scores_.push_back(piece.score);
    if (piece.score < worst) worst = piece.score;
  }
  scores_[0] = worst - kUnknownPenalty;

  // Nodes in order of depth: each is a range of the sorted pieces that share its text.
  struct Range {
    std::size_t begin, end, depth;
  };
  std::vector<Range> nodes = {{0, order.size(), 0}};
  labels_.push_back(0);
  pieces_.push_back(kNone);
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    const Range range = nodes[n];
    first_.push_back(static_cast<std::uint32_t>(nodes.size()));
    std::size_t at = range.begin;
    if (at < range.end && pieces[order[at]].text.size() == range.depth) {
      pieces_[n] = order[at++];
    }
    while (at < range.end) {
      const char label = pieces[order[at]].text[range.depth];
      std::size_t end = at + 1;
      while (end < range.end && pieces[order[end]].text[range.depth] == label) ++end;
      nodes.push_back({at, end, range.depth + 1});
      labels_.push_back(static_cast<unsigned char>(label));
      pieces_.push_back(kNone);
      at = end;
    }
  }
  first_.push_back(static_cast<std::uint32_t>(nodes.size()));
}

}  // namespace lucie::training
