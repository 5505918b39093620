// Training of a byte-fallback BPE with Lucie's design, equal in vocabulary and merges to Hugging
// Face's BpeTrainer on the same text and settings, with a total order on ties: the same for any
// number of threads. Words are counted in parallel, in batches of 16 MB of text; what is kept is
// the distinct words and where each pair of tokens stands in them.
//
// Training cuts the text into words (no token spans punctuation and letters, digits stand alone);
// the tokenizer it writes has no pre-tokenizer, as Lucie's: merges alone decide.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/json.h"

namespace lucie {

class ThreadPool;

struct BpeTrainerOptions {
  std::int64_t vocab_size = 4096;
  std::int64_t min_frequency = 2;      // a pair seen less often is not merged
  std::int64_t limit_alphabet = 1000;  // characters; others are spelt as bytes
};

// Gives the next text, or nullopt at the end.
using TextSource = std::function<std::optional<std::string>()>;

struct TrainedTokenizer {
  Json tokenizer;  // tokenizer.json
  Json config;     // tokenizer_config.json, with Lucie-Instruct's Llama-3 style chat template
};

// Errors (kInvalidArgument): no text, text that is not UTF-8 (with its number), options out of
// range, a vocabulary too small for the initial tokens and the alphabet (the hint names the least
// size).
TrainedTokenizer train_lucie_tokenizer(const TextSource& texts, const BpeTrainerOptions& options,
                                       ThreadPool& pool);

}  // namespace lucie
