// The bytes of a vocabulary's tokens as a tree, laid out so that one pass over it finds the tokens
// that a grammar allows: what begins with a byte that is not allowed is passed over at once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tokenizer/token_id.h"

namespace lucie {

class VocabularyTrie {
 public:
  // By id; tokens without bytes are left out.
  explicit VocabularyTrie(const std::vector<std::string>& tokens);

  struct Node {
    std::uint8_t byte;
    std::int32_t depth;               // of its byte: 1 for the first of a token
    std::int32_t behind;              // the node after those that begin with this one
    std::int32_t first_token, count;  // that end here: into tokens()
  };
  // Depth first: a node stands before those that begin with it.
  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<TokenId>& tokens() const { return tokens_; }
  const std::string& bytes(TokenId id) const { return bytes_[static_cast<std::size_t>(id)]; }
  std::size_t vocabulary() const { return bytes_.size(); }
  std::int32_t deepest() const { return deepest_; }

 private:
  std::vector<std::string> bytes_;
  std::vector<Node> nodes_;
  std::vector<TokenId> tokens_;
  std::int32_t deepest_ = 0;
};

}  // namespace lucie
