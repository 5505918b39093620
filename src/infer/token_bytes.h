// What each token of a vocabulary adds to a text, as bytes.
#pragma once

#include <string>
#include <vector>

#include "infer/sampler.h"
#include "infer/vocabulary_trie.h"
#include "tokenizer/tokenizer.h"

namespace lucie {

// By id; empty for special tokens and for ids that are none.
std::vector<std::string> token_bytes(const Tokenizer& tokenizer);
// The tokens of a vocabulary whose bytes hold one of these.
TokenMask tokens_that_hold(const VocabularyTrie& tokens, const std::vector<std::string>& pieces);

}  // namespace lucie
