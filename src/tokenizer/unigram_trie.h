// The pieces of a Unigram model in training as a trie, and the lattice of a word: all ways to write
// it in pieces. Internal to the trainers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lucie::training {

struct Piece {
  std::string text;
  double score = 0;
};

class PieceTrie {
 public:
  // Of all pieces but the first. An unknown character costs 10 more than the worst piece.
  explicit PieceTrie(const std::vector<Piece>& pieces);

  // Calls use(piece, end) for every piece that text has at `begin`, by rising end; where no piece
  // is one character long, for piece 0 as long as the character.
  template <typename Use>
  void for_each_piece(std::string_view text, std::size_t begin, const Use& use) const;
  double score(std::uint32_t piece) const { return scores_[piece]; }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  // Children of a node stand side by side, by rising label.
  std::uint32_t child(std::uint32_t node, unsigned char label) const {
    std::uint32_t at = first_[node];
    const std::uint32_t end = first_[node + 1];
    while (at < end && labels_[at] < label) ++at;
    return at < end && labels_[at] == label ? at : kNone;
  }

  std::vector<std::uint32_t> first_;  // by node: its first child; the end is that of the next
  std::vector<unsigned char> labels_;
  std::vector<std::uint32_t> pieces_;  // by node: the piece that ends there
  std::vector<double> scores_;         // by piece; of piece 0 what an unknown character costs
};

template <typename Use>
void PieceTrie::for_each_piece(std::string_view text, std::size_t begin, const Use& use) const {
  const auto lead = static_cast<unsigned char>(text[begin]);
  const std::size_t character = begin + (lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4);
  bool known = false;
  std::uint32_t node = 0;
  for (std::size_t at = begin; at < text.size();) {
    node = child(node, static_cast<unsigned char>(text[at]));
    if (node == kNone) break;
    ++at;
    if (pieces_[node] == kNone) continue;
    if (at > character && !known) use(std::uint32_t{0}, character);
    known = true;
    use(pieces_[node], at);
  }
  if (!known) use(std::uint32_t{0}, character);
}

}  // namespace lucie::training
