// Training of a byte-fallback BPE with Lucie's design, equal in vocabulary and merges to Hugging
// Face's BpeTrainer on the same text and settings, with a total order on ties: the same for any
// number of threads.
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
  std::int64_t min_frequency = 2;
  std::int64_t limit_alphabet = 1000;
};

// Gives the next text, or nullopt at the end.
using TextSource = std::function<std::optional<std::string>()>;

struct TrainedTokenizer {
  Json tokenizer;  // tokenizer.json
  Json config;     // tokenizer_config.json, with Lucie-Instruct's Llama-3 style chat template
};

TrainedTokenizer train_lucie_tokenizer(const TextSource& texts, const BpeTrainerOptions& options,
                                       ThreadPool& pool);

}  // namespace lucie
