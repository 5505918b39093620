// Cloze: the last word of a held-out sentence is to be told from three others of the same language,
// about as long and about as frequent. A model that knows nothing is right in a quarter of cases.
//
// Score of a choice: the summed log-likelihood of the text from the gap on (the word and the
// sentence's closing mark), after the sentence and a little of what precedes it. Sums, not means
// per byte: the choices are of like length, and a sum is a probability. Compared over all tokens
// that differ, so that a word that changes the cutting of the text before it is scored fairly.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "eval/held_out.h"
#include "model/decoder.h"

namespace lucie {

struct ClozeItem {
  std::string language, document;      // group and id
  std::string context;                 // up to and with the space before the gap
  std::array<std::string, 4> choices;  // words; equal to no other but for case
  int answer = 0;                      // which of them stood there
  std::string mark;                    // ".", "!" or "?"
};

// At most `per_language` items of each natural language (not of code or aligned pairs), drawn from
// its sentences by `seed`; fewer where there are not as many. The documents' ids are not needed.
std::vector<ClozeItem> make_cloze_items(const std::vector<HeldOutDocument>& documents,
                                        std::uint64_t seed, std::size_t per_language = 200);

// {language: {accuracy, low, high, correct, items}, ..., "all": {...}} and in each "chance": 0.25;
// low and high bound the 95% interval (Wilson 1927).
Json cloze(Context& ctx, const Decoder& model, const Tokenizer& tokenizer,
           const std::vector<ClozeItem>& items);

struct Interval {
  double low = 0, high = 1;
};
Interval wilson_interval(std::int64_t successes, std::int64_t trials);

}  // namespace lucie
