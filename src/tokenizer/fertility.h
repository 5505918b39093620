// How many tokens several tokenizers make of the same texts, by language.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "tokenizer/tokenizer.h"

namespace lucie {

struct LanguageText {
  std::string language, text;
};

struct Fertility {
  std::string language;
  std::int64_t texts = 0, words = 0, characters = 0, bytes = 0;
  std::vector<std::int64_t> tokens;  // one for each tokenizer, without what is put at the ends
  std::vector<std::int64_t> lossy;   // texts that do not come back as they were

  double tokens_per_word(std::size_t tokenizer) const;
  double bytes_per_token(std::size_t tokenizer) const;
};

// Words are what (Unicode) white space separates, characters are code points. Languages in
// alphabetical order; with several, "all" is the last.
std::vector<Fertility> measure_fertility(std::span<const Tokenizer* const> tokenizers,
                                         std::span<const LanguageText> texts, ThreadPool& pool);

}  // namespace lucie
