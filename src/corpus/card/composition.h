// Inside corpus/card/ only: the corpus as cells of one source in one language, with their tokens
// before and after up-sampling, summed up along any side.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "corpus/card/data_card.h"

namespace lucie {

struct CardCell {
  std::string source, language, category, terms;
  std::uint64_t documents = 0, characters = 0, words = 0, bytes = 0;
  std::uint64_t tokens = 0;           // with the two that begin and end a document
  std::uint64_t token_documents = 0;  // that were tokenized
  std::uint64_t token_words = 0, token_bytes = 0;
  double tokens_seen = 0;  // over the main phase
  void add(const CardCell& other);
};

// In the order of the counts; categories and terms as the registry states them.
std::vector<CardCell> card_cells(const DataCardInput& input);

struct CardTotals {
  CardCell all;
  bool has_tokens = false, has_use = false;
};

// What tells how large a part is: tokens where they are known, else bytes.
std::uint64_t size_of(const CardCell& cell, const CardTotals& totals);
// {documents, characters, words, bytes, percent_of_bytes}, and where they are known {tokens,
// percent_of_tokens, tokens_per_word, bytes_per_token} and {tokens_seen, percent_seen, epochs}.
Json cell_row(const CardCell& cell, const CardTotals& totals);
// One row per value of `key`, named by it, largest first.
Json rows_by(const std::vector<CardCell>& cells, const CardTotals& totals,
             const std::function<std::string(const CardCell&)>& key);

}  // namespace lucie
