// The tokens of several shards as one text, read in place. A position counts the tokens of the
// shards in turn; a document lies in one shard, and what is compared here ends with it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "formats/indexed_dataset.h"

namespace lucie {

class TokenText {
 public:
  // PREFIX.bin and .idx of each, in this order. Shards whose tokens are stored in different widths
  // are kMismatch: they are not of one tokenizer.
  explicit TokenText(const std::vector<fs::path>& prefixes);

  struct Place {
    std::size_t shard = 0;
    std::uint64_t token = 0;  // index in the shard
  };
  // The tokens from a position to the end of its document, as they are stored.
  struct Suffix {
    const std::byte* data = nullptr;
    std::uint64_t tokens = 0;
  };

  std::uint64_t tokens() const { return begins_.back(); }
  int token_bytes() const { return token_bytes_; }
  std::size_t shards() const { return shards_.size(); }
  const IndexedDataset& shard(std::size_t i) const { return shards_[i]; }
  const std::string& name(std::size_t i) const { return names_[i]; }
  std::uint64_t begin(std::size_t shard) const { return begins_[shard]; }

  // Of a position below tokens().
  Place place_of(std::uint64_t position) const;
  const std::byte* data(std::uint64_t position) const;
  std::int32_t token(std::uint64_t position) const { return token_at(data(position), 0); }
  Suffix suffix(std::uint64_t position) const;

  // Token i of stored ones. Ids are as they stand there, below 0 too.
  std::int32_t token_at(const std::byte* data, std::uint64_t i) const;
  // Of how many tokens, at most `most`, the two are equal.
  std::uint64_t common(const std::byte* a, const std::byte* b, std::uint64_t most) const;
  // What the shards are, by their names and the lengths of their documents (XXH3).
  std::uint64_t layout() const;

 private:
  std::vector<std::string> names_;
  std::vector<IndexedDataset> shards_;
  std::vector<std::uint64_t> begins_;                  // of each shard, and behind the last
  std::vector<std::vector<std::uint64_t>> documents_;  // at every 2^kChunk-th token of a shard
  int token_bytes_ = 2;
};

}  // namespace lucie
