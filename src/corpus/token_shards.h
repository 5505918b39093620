// Tokens that know their documents: PREFIX.bin/.idx (Megatron) and PREFIX.docs beside them, one
// JSON line (zstd) per document in the same order: {id, source, licence, language, url, page,
// begin, end} with [begin, end) its token range (docs/formats/tokens.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "formats/indexed_dataset.h"

namespace lucie {

struct TokenSpan {  // of one document in a shard
  std::string id, source, licence, language, url, page;
  std::uint64_t begin = 0, end = 0;  // token indices
};

class TokenShard {
 public:
  explicit TokenShard(const fs::path& prefix);  // a .docs that does not fit the .idx is kMismatch
  const IndexedDataset& tokens() const { return tokens_; }
  const std::vector<TokenSpan>& documents() const { return documents_; }
  const TokenSpan& document_of(std::uint64_t token) const;

 private:
  IndexedDataset tokens_;
  std::vector<TokenSpan> documents_;
};

}  // namespace lucie
