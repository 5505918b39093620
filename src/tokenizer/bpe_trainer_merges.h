// The heart of BPE training: from counted words to a vocabulary and merges. Internal to the
// trainer.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tokenizer/bpe_trainer_words.h"

namespace lucie::bpe {

using Symbol = std::uint32_t;

struct Learned {
  std::vector<std::string> vocabulary;            // by id: initial tokens, alphabet, merged tokens
  std::vector<std::pair<Symbol, Symbol>> merges;  // in order of rank
};

struct LearnOptions {
  std::size_t vocab_size = 0;
  std::uint64_t min_frequency = 2;
  std::size_t limit_alphabet = 1000;
};

// Equal to Hugging Face's BpeTrainer (tokenizers 0.23) with `initial` as its special tokens: the
// alphabet is the most frequent characters in order of code point; the most frequent pair is merged
// first, the one with the smaller ids among equals. Where that trainer goes by the order of a hash
// map there is a total order here: characters of equal frequency at the limit are kept by code
// point, lower first. Counts have 64 bits here, 32 there.
// Error{kInvalidArgument} when the vocabulary cannot hold the initial tokens and the alphabet.
Learned learn_merges(const WordCounts& words, std::vector<std::string> initial,
                     const LearnOptions& options);

}  // namespace lucie::bpe
