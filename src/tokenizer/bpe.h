// The BPE model of a tokenizer.json: a piece of text to ids.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tokenizer/byte_words.h"
#include "tokenizer/merge_table.h"
#include "tokenizer/piece_cache.h"
#include "tokenizer/seam_table.h"
#include "tokenizer/token_model.h"
#include "tokenizer/vocabulary.h"

namespace lucie {

struct BpeOptions {
  bool bytes = false;          // pieces are raw bytes in the byte-level alphabet
  bool byte_fallback = false;  // a character without token becomes its bytes' <0xXX> tokens
  bool fuse_unknown = false;
  bool ignore_merges = false;  // a piece that is a token is taken whole
  std::optional<TokenId> unknown;
  // Written before a symbol that does not begin a piece, and behind one that ends it.
  std::string inner_prefix, end_suffix;
  std::vector<bool> hidden;  // by id: tokens that no piece is taken whole for
};

class Bpe final : public TokenModel {
 public:
  Bpe(const Vocabulary& vocabulary, std::span<const Merge> merges, const BpeOptions& options);

  void encode(std::string_view text, std::span<const Span> pieces,
              std::vector<TokenId>& out) const override;

 private:
  // Of a code point or, in bytes mode, of a byte.
  struct Symbol {
    TokenId id = -1;  // -1: no token
    SeamTable::Class seam_class = 0;
  };

  void add_symbols(const Vocabulary& vocabulary, std::vector<TokenId>& first);
  void set_symbol(char32_t c, TokenId id);
  void build_seams(const Vocabulary& vocabulary, std::span<const Merge> merges,
                   std::span<const TokenId> first);
  Symbol symbol(char32_t c) const {
    return symbols_[std::size_t{pages_[c >> kPageBits]} << kPageBits | (c & kPageMask)];
  }
  void encode_piece(std::string_view piece, PieceCache& cache, std::vector<TokenId>& out) const;
  void encode_words(std::string_view text, std::span<const Span> words, PieceCache& cache,
                    std::vector<TokenId>& out) const;
  void merge_words(std::span<ByteWord> words, std::vector<TokenId>& ids) const;
  const TokenId* whole_token(std::string_view piece) const;
  void encode_bounded(std::string_view piece, PieceCache& cache, std::vector<TokenId>& out) const;
  void merge_piece(std::string_view piece, std::vector<TokenId>& out) const;
  void first_symbols(std::string_view piece, std::vector<TokenId>& out) const;
  TokenId find_symbol(std::string_view piece, std::size_t at, std::size_t length,
                      std::string& written) const;
  bool add_fallback(std::string_view character, std::vector<TokenId>& out) const;

  static constexpr std::size_t kLargePiece = std::size_t{1} << 16;  // bytes
  static constexpr int kPageBits = 7;
  static constexpr char32_t kPageMask = (1 << kPageBits) - 1;

  BpeOptions options_;
  bool plain_bytes_ = false;  // pieces are bytes, looked up as they are
  MergeTable merges_;
  ByteSymbols byte_symbols_;  // of plain bytes
  SeamTable seams_;
  std::vector<std::uint16_t> pages_;  // code point >> kPageBits -> page of symbols_
  std::vector<Symbol> symbols_;       // page 0: no token
  std::array<TokenId, 256> byte_tokens_{};
  std::unordered_map<std::string_view, TokenId>
      raw_tokens_;  // ignore_merges: by what they stand for
  std::vector<std::string> raw_storage_;
  std::size_t longest_raw_ = 0;
  // With prefix or suffix: what symbols are looked up in, as they are written with these.
  std::unordered_map<std::string, TokenId> written_;
  std::uint64_t serial_;  // tells this model's entries in a thread's cache from others'
};

}  // namespace lucie
