// Training of tokenizers, in three designs:
//
//   lucie       byte-fallback BPE without a pre-tokenizer, as Lucie's: words are cut for training
//               only (no token spans punctuation and letters, digits stand alone);
//   byte-level  BPE over bytes, words cut by the regular expression of cl100k (Llama 3, OLMo 2) or
//               of GPT-2;
//   unigram     pieces with scores (Kudo, 2018), words cut at spaces, with byte fallback.
//
// Texts are counted as words, by all threads, in batches of 4 MB and within a limit of memory;
// then a vocabulary is learned from the counts. Ties have a total order: the same bytes for any
// number of threads, any limit and any order of the texts. BPE gives the vocabulary and merges of
// Hugging Face's BpeTrainer, Unigram nearly the pieces of its UnigramTrainer
// (docs/formats/tokenizer.md).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace lucie {

class ThreadPool;

enum class TokenizerDesign { kLucie, kByteLevel, kUnigram };
// "lucie", "byte-level", "unigram"; any other is Error{kInvalidArgument} at `place`.
TokenizerDesign tokenizer_design(const std::string& name, const std::string& place);

struct TrainerOptions {
  TokenizerDesign design = TokenizerDesign::kLucie;
  std::vector<std::int64_t> vocab_sizes = {4096};  // one tokenizer for each
  std::int64_t min_frequency = 2;                  // BPE: a pair seen less often is not merged
  std::int64_t limit_alphabet = 1000;    // characters; others are spelt as bytes (not byte-level)
  std::string split = "cl100k";          // byte-level: or "gpt2"
  std::uint64_t memory = 2'000'000'000;  // bytes for counting words; what is more goes to files
  fs::path scratch = {};                 // folder for those; empty: the system's for such files
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
std::vector<TrainedTokenizer> train_tokenizers(const TextSource& texts,
                                               const TrainerOptions& options, ThreadPool& pool);

}  // namespace lucie
