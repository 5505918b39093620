// Documents that are encoded but not yet in their order: what the tokens stage keeps on disk
// between encoding them as they stand in the corpus and writing them as they are shuffled.
//
//   PREFIX.documents   records back to back (EncodedDocument)
//   PREFIX.keys        one EncodedKey for each, in the same order
//
// Work between two passes on one machine, not a format.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/record_stream.h"
#include "corpus/document.h"
#include "corpus/token_stats.h"
#include "tokenizer/token_id.h"

namespace lucie {

class ThreadPool;
class Tokenizer;

// Sorted, these are the order of the tokens: by group, in it shuffled, equal hashes as in the
// corpus.
struct EncodedKey {
  std::uint32_t group = 0, shard = 0;
  std::uint64_t hash = 0;               // of (id, seed)
  std::uint64_t offset = 0, bytes = 0;  // of the record
  std::uint64_t sort_key() const { return std::uint64_t{group} << 48 | hash >> 16; }
  auto operator<=>(const EncodedKey& other) const {
    return std::tie(group, hash, shard, offset) <=>
           std::tie(other.group, other.hash, other.shard, other.offset);
  }
  bool operator==(const EncodedKey&) const = default;
};
inline constexpr std::size_t kMaxTokenGroups = 1 << 16;  // what sort_key() has room for

struct EncodedDocument {
  Document document;  // without its text
  TokenTally tally;
  std::vector<TokenId> tokens;
};

struct EncodeJob {
  const Tokenizer* tokenizer;
  TokenId bos, eos;
  std::uint64_t seed;
  std::uint64_t memory;
  ThreadPool* pool;
  Grouping grouping;
};

// Writes the two files for the documents of `parts` (of a corpus, in zstd frames), on all threads,
// and returns the groups that the keys count, as GroupKey writes them. `shard` stands in the keys.
Json encode_parts(const EncodeJob& job, std::span<const fs::path> parts, std::uint32_t shard,
                  const fs::path& prefix);

// Text of which at most this much is encoded, or written, at once.
std::uint64_t batch_bytes(std::uint64_t memory);

EncodedDocument read_encoded(const RandomFile& documents, const EncodedKey& key);

}  // namespace lucie
