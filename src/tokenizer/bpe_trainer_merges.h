// The heart of BPE training: from counted words to a vocabulary and merges. Internal to the
// trainers.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tokenizer/trainer_design.h"
#include "tokenizer/word_counts.h"

namespace lucie::bpe {

using Symbol = std::uint32_t;

struct Learned {
  std::vector<std::string> vocabulary;            // by id: initial tokens, alphabet, merged tokens
  std::vector<std::pair<Symbol, Symbol>> merges;  // in order of rank
};

struct LearnOptions : training::LearnOptions {
  // Words are bytes: the alphabet is that of byte_level.h, whole, whatever the words hold.
  bool bytes = false;
};

// Empties `words`. One vocabulary for each size: a smaller one is what learning had come to on the way to a larger.
// Equal to Hugging Face's BpeTrainer (tokenizers 0.23) with `initial` as its special tokens: the
// alphabet is the most frequent characters in order of code point; the most frequent pair is merged
// first, the one with the smaller ids among equals. Where that trainer goes by the order of a hash
// map there is a total order here: characters of equal frequency at the limit are kept by code
// point, lower first. Counts have 64 bits here, 32 there.
// Error{kInvalidArgument} when the smallest vocabulary cannot hold the initial tokens and the
// alphabet.
std::vector<Learned> learn_merges(training::WordCounts& words,
                                  std::vector<std::string> initial, const LearnOptions& options);

}  // namespace lucie::bpe
