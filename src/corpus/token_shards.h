// Tokens that know their documents: PREFIX.bin/.idx (Megatron) and PREFIX.docs beside them, one
// JSON line (zstd, in frames) per document in the same order: {id, source, licence, language, url,
// page, begin, end, bytes} with [begin, end) its token range and `bytes` the UTF-8 length of the
// text that was tokenized, for bits per byte (docs/formats/tokens.md).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/framed_file.h"
#include "corpus/document.h"
#include "formats/indexed_dataset.h"

namespace lucie {

struct TokenSpan {  // of one document in a shard
  std::string id, source, licence, language, url, page;
  std::uint64_t begin = 0, end = 0;  // token indices
  std::uint64_t bytes = 0;           // of the text between the special tokens
};

// The three files become visible on commit(): .bin, .idx, then .docs.
class TokenShardWriter {
 public:
  TokenShardWriter(const fs::path& prefix, std::int64_t vocab_size);
  // `text_bytes`: length of the text that `tokens` stand for.
  void add(const Document& document, std::span<const std::int32_t> tokens,
           std::uint64_t text_bytes);
  std::uint64_t tokens() const { return tokens_.tokens(); }
  void commit();

 private:
  IndexedDatasetWriter tokens_;
  FramedWriter documents_;
};

class TokenShard {
 public:
  // A .docs that names more or fewer documents than the .idx is kMismatch.
  explicit TokenShard(const fs::path& prefix);
  ~TokenShard();
  TokenShard(TokenShard&&) noexcept;
  const IndexedDataset& tokens() const { return tokens_; }
  // What the .docs says of document i; it stays on disk, and rising numbers are fast. A line that
  // does not fit the .idx is kMismatch. From any thread.
  TokenSpan document(std::int64_t i) const;
  TokenSpan document_of(std::uint64_t token) const;

 private:
  struct Lines;
  IndexedDataset tokens_;
  std::unique_ptr<Lines> lines_;
};

}  // namespace lucie
