// A text as RedPajama-V2 compares words: ASCII punctuation taken out, lower case, white space as
// one space, canonical decomposition (NFD).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/quality/text_scan.h"

namespace lucie::quality {

struct NormalizedText {
  std::string text;         // words with one space between them
  std::vector<Word> words;  // without kinds; characters are those of the decomposed text
};

NormalizedText normalize_for_comparison(std::string_view text);  // valid UTF-8

}  // namespace lucie::quality
