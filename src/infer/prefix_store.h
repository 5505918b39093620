// Begins of earlier texts that still stand in the cache, so that they need not be read again.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "model/kv_cache.h"
#include "tokenizer/token_id.h"

namespace lucie {

class PrefixStore {
 public:
  explicit PrefixStore(std::size_t most) : most_(most) {}

  // `ids` are what the sequence holds; the oldest goes when there are too many.
  void keep(std::vector<TokenId> ids, CachedSequence sequence);
  // A sequence that holds as long a begin of `text` as is known, but not all of it. One that
  // the text goes on from is given away; of others the whole pages are shared.
  CachedSequence begin_of(std::span<const TokenId> text, KvCache& cache);
  bool drop_oldest();  // false: there was none

 private:
  struct Text {
    std::vector<TokenId> ids;
    CachedSequence sequence;
  };
  std::size_t most_;
  std::vector<Text> texts_;  // oldest first
};

}  // namespace lucie
