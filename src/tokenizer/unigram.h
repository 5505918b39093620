// The Unigram model of a tokenizer.json (Kudo, 2018, arXiv:1804.10959): of all ways to write a
// piece of text in tokens, the one with the highest sum of scores, found by Viterbi's algorithm.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "tokenizer/piece_cache.h"
#include "tokenizer/token_model.h"
#include "tokenizer/vocabulary.h"

namespace lucie {

struct UnigramOptions {
  std::optional<TokenId> unknown;
  double unknown_score = 0;       // of a character that is no token
  bool byte_fallback = false;     // unknown characters become their bytes' <0xXX> tokens
  bool single_precision = false;  // sums of scores are rounded to float (SentencePiece)
  std::vector<bool> hidden;       // by id: tokens that no text gives
};

class Unigram final : public TokenModel {
 public:
  Unigram(const Vocabulary& vocabulary, std::vector<double> scores, UnigramOptions options);

  // Neighbouring unknown characters share one unknown token, as in Hugging Face's and
  // SentencePiece. Time and memory are linear in the piece; memory is bounded where the text has
  // places that no token crosses. Error{kInvalidArgument} for an unknown character if there is no
  // unknown token.
  void encode(std::string_view text, std::span<const Span> pieces,
              std::vector<TokenId>& out) const override;

 private:
  // The best way to write the text up to some byte ends with `token`, which begins at `begin`.
  struct Step {
    double score = 0;
    std::size_t begin = kNowhere;
    TokenId token = 0;
  };
  static constexpr std::size_t kNowhere = ~std::size_t{0};
  using Node = std::uint32_t;
  static constexpr Node kNoNode = 0;  // the root is nobody's child

  void add_token(std::string_view token, TokenId id);
  Node child(Node node, unsigned char byte) const;
  void grow_edges();
  void set_edge(std::uint64_t key, Node node);
  TokenId visible_token(std::string_view text) const;  // -1 for none

  void encode_piece(std::string_view piece, std::vector<TokenId>& out) const;
  void extend(std::string_view piece, std::size_t at, std::size_t base, std::size_t* farthest,
              std::vector<Step>& steps) const;
  void improve(Step& step, double score, std::size_t begin, TokenId token) const;
  void emit(std::string_view piece, std::size_t base, std::span<const Step> steps,
            std::vector<TokenId>& out) const;
  void emit_unknown(std::string_view text, std::vector<TokenId>& out) const;

  struct Edge {
    std::uint64_t key = 0;  // parent node << 8 | byte
    Node node = kNoNode;
  };
  std::vector<Edge> edges_;  // open addressing, a power of two
  int shift_ = 0;
  std::vector<TokenId> tokens_;  // by node: the token that ends there, or -1
  std::vector<double> scores_;   // by id
  std::vector<TokenId> byte_tokens_;
  UnigramOptions options_;
  std::uint64_t serial_;
};

}  // namespace lucie
