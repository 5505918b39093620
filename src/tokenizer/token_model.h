// What turns pieces of text into ids: BPE or Unigram. Immutable after construction.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "tokenizer/regex.h"
#include "tokenizer/token_id.h"

namespace lucie {

class TokenModel {
 public:
  virtual ~TokenModel() = default;
  // Appends the ids of text[piece] for each piece, one after another. Behind the end of `text`
  // follow PieceCache::kPadding readable bytes. Valid UTF-8 unless the model takes bytes.
  virtual void encode(std::string_view text, std::span<const Span> pieces,
                      std::vector<TokenId>& out) const = 0;
};

}  // namespace lucie
