// The tokens stage: documents -> shards of token ids, one per group of languages and side.
//
//   TOKENS/train/fr.bin .idx .docs, ...   TOKENS/holdout/...   TOKENS/stats.json
//
// A document becomes `<s> text </s>` (Lucie's convention), its trailing white space left out.
// Documents stand in an order shuffled by (seed, id): training windows are cut from the stream, and
// neighbours in a window should not always be neighbours in a package.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/file.h"
#include "base/json.h"

namespace lucie {

class ThreadPool;
class Tokenizer;

struct TokenTally {
  std::uint64_t documents = 0, tokens = 0, bytes = 0, words = 0;
  double tokens_per_word() const;  // fertility; special tokens not counted
  double bytes_per_token() const;
  Json to_json() const;
};

struct TokenStats {
  std::map<std::string, TokenTally> by_group, by_language, by_source, by_licence;
  std::map<std::string, std::map<std::string, TokenTally>> by_source_language;  // source -> language
  TokenTally total;
  Json to_json() const;
};

struct TokenizeReport {
  TokenStats train, holdout;
};

// A tokenizer without bos and eos is kMismatch. Same bytes for any number of threads.
TokenizeReport tokenize_corpus(const fs::path& corpus_dir, const Tokenizer& tokenizer,
                               const fs::path& out_dir, std::uint64_t seed, ThreadPool& pool);

}  // namespace lucie
