// One pass over a text: its words and the counts that the rules ask for.
//
// A word is a run of letters, marks, numbers and "_", or a run of anything else that is no white
// space: the regular expression [\w\p{N}]+|[^\w\p{N}\s]+, which is how RedPajama-V2 cuts words
// (NLTK's WordPunctTokenizer) and near to what datatrove's tokenizers do.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "corpus/quality/char_kinds.h"

namespace lucie::quality {

struct Word {
  std::uint32_t begin = 0, bytes = 0;  // in the text
  std::uint32_t characters = 0;
  CharKinds kinds = 0;  // of all its characters together
};

struct TextScan {
  std::vector<Word> words;
  std::uint64_t characters = 0, newlines = 0;
  std::uint64_t hashes = 0;          // "#"
  std::uint64_t ellipses = 0;        // "..." and its one character
  std::uint64_t curly_brackets = 0;  // "{" and "}"
  std::uint64_t sentences = 0;       // matches of \b[^.!?]+[.!?]*, as RedPajama-V2 counts
};

// `text`: valid UTF-8 of less than 4 GB, else Error{kUnsupported}.
TextScan scan_text(std::string_view text);

// Sentences of a line, counted in the same way.
std::uint64_t count_sentences(std::string_view text);

}  // namespace lucie::quality
