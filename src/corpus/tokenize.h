// The tokens stage: documents -> shards of token ids, one per group (token_groups.h) and side.
//
//   TOKENS/train/fr.bin .idx .docs, ...   TOKENS/holdout/...   TOKENS/stats.json
//   TOKENS/work/                          while it runs (encoded_shard.h)
//
// A document becomes `<s> text </s>` (Lucie's convention), its trailing white space left out.
// Documents stand in an order shuffled by (seed, id): training windows are cut from the stream, and
// neighbours in a window should not always be neighbours in a package. So they are encoded as they
// come, to disk, and copied from there in that order.
#pragma once

#include <cstdint>

#include "base/file.h"
#include "corpus/token_groups.h"
#include "corpus/token_stats.h"

namespace lucie {

class ThreadPool;
class Tokenizer;

struct TokenizeSettings {
  std::uint64_t seed = 42;
  std::uint64_t memory = 2'000'000'000;  // bytes; beside them 4 for each document of a group, and
                                         // what each thread needs for the longest document
  std::uint64_t shard_bytes =
      64 << 20;       // of compressed text that is not encoded again after a kill
  Grouping grouping = {};  // of the text to train on; what is held out is grouped by language
};

struct TokenizeReport {
  TokenStats train, holdout;
};

// `corpus_dir`: as build_corpus leaves it. A tokenizer without bos and eos is kMismatch. Same bytes
// for any threads, memory and shards. Killed, it goes on where it was when called again with
// the same corpus, tokenizer, seed and grouping.
TokenizeReport tokenize_corpus(const fs::path& corpus_dir, const Tokenizer& tokenizer,
                               const fs::path& out_dir, const TokenizeSettings& settings,
                               ThreadPool& pool);

}  // namespace lucie
