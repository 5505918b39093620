// How much of many texts stands in the training tokens, by length: what a model repeats of what it
// read when it is left to itself (Carlini et al., "Extracting Training Data from Large Language
// Models", 2021), and how new its n-grams are (Merrill et al., "Evaluating n-Gram Novelty of
// Language Models Using Rusty-DAWG", 2024).
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/json.h"

namespace lucie {

class VerbatimTally {
 public:
  static constexpr std::array<std::uint64_t, 9> kLengths{1, 2, 3, 4, 6, 8, 16, 32, 64};

  // matching_lengths() of one text.
  void add(std::span<const std::uint64_t> lengths);

  // {texts, tokens, longest, by_length: [{length, sequences, found, found_share, covered,
  // covered_share, texts}]}: of the sequences of so many tokens, those that stand in a document;
  // the tokens that lie in one; the texts that hold one.
  Json to_json() const;

 private:
  struct Row {
    std::uint64_t sequences = 0, found = 0, covered = 0, texts = 0;
  };
  std::uint64_t texts_ = 0, tokens_ = 0, longest_ = 0;
  std::array<Row, kLengths.size()> rows_{};
};

}  // namespace lucie
