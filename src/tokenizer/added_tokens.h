// Added tokens: whole tokens that are cut out of the text before anything else sees it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "tokenizer/vocabulary.h"

namespace lucie {

struct AddedToken {
  std::string content;
  TokenId id = 0;
  bool special = false, normalized = false, lstrip = false, rstrip = false, single_word = false;
  bool verbatim = false;  // ours: looked for in normalized text, itself not normalized
};

// Finds the leftmost, of these the longest, of a set of tokens. A trie over bytes; texts are mostly
// passed over by the set of first bytes.
class AddedTokenMatcher {
 public:
  // `content` of each token as it is to be found (normalized for tokens that ask for it).
  void add(const AddedToken& token, const std::string& content);
  bool empty() const { return tokens_.empty(); }
  bool only_special() const { return only_special_; }

  // Splits the text: calls on_text for what lies between tokens (never empty) and on_token for
  // tokens, in order. With `take_special` off, special tokens are passed over as text.
  void split(std::string_view text, bool take_special,
             const std::function<void(std::string_view)>& on_text,
             const std::function<void(TokenId)>& on_token) const;

 private:
  struct Node {
    std::vector<std::pair<unsigned char, std::int32_t>> children;
    std::int32_t token = -1;
  };
  void note_start(const std::string& content);
  std::size_t skip_pairless(std::string_view text, std::size_t at) const;
  std::size_t next_start(std::string_view text, std::size_t at) const;
  std::int32_t child(std::int32_t node, unsigned char byte) const;
  // Index of the longest token that text starts with, or -1.
  std::int32_t longest_at(std::string_view text) const;

  std::vector<Node> nodes_{1};
  std::vector<AddedToken> tokens_;  // content: as found
  // The first two bytes of tokens, if there are few of them and no token has only one: each many
  // times over, to be compared with many bytes of a text at once.
  static constexpr std::size_t kFewPairs = 4, kWidth = 16;
  using Bytes = std::array<unsigned char, kWidth>;
  struct Pair {
    Bytes first, second;
  };
  std::vector<Pair> pairs_;
  bool few_pairs_ = true;
  bool starts_[256] = {};              // by first byte
  std::uint64_t second_[256][4] = {};  // by second byte: the set of first bytes
  bool only_special_ = true;
};

}  // namespace lucie
