// Lucie's tokenizer design as data: what of tokenizer.json does not depend on the training text.
// Internal to the trainers.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "tokenizer/bpe_trainer_merges.h"

namespace lucie::bpe {

// Calls `word` for each training word of a normalized, well-formed text. One pass gives what
// Hugging Face's pre-tokenizers give in sequence: Metaspace (the normalizer has put U+2581 in
// front), Split("\u2581?[^\w\s\u2581]+", isolated), Split("[\n\t]", isolated), Digits(individual).
void split_words(std::string_view normalized, const std::function<void(std::string_view)>& word);

// Ids 0.. in order: <s> </s> <unk> <pad>, the 256 bytes, five reserved slots, the three tokens of
// the chat template (265, 266, 267: the ids they have in Lucie-Instruct), runs of spaces, tabs and
// newlines, digits. Lucie itself reserves 40 slots, too many for small vocabularies.
std::vector<std::string> lucie_initial_tokens();

// NFC, characters deleted, a space after 18 opening characters, one in front, spaces as U+2581.
Json lucie_normalizer();

// Merges for the runs of white space, after the learned ones: training never joins white space.
std::vector<std::pair<Symbol, Symbol>> lucie_space_merges(
    const std::vector<std::string>& vocabulary);

}  // namespace lucie::bpe
