// SentencePiece vocabularies as the two files of a Hugging Face directory.
#pragma once

#include "base/file.h"
#include "base/json.h"
#include "tokenizer/sentencepiece_model.h"

namespace lucie {

struct TokenizerFiles {
  Json tokenizer, config;
};

// Whose rules hold where the two that read such vocabularies differ.
enum class PieceRules {
  // The text is normalized as a whole and gets one prefix; user-defined pieces are found in what
  // comes out of that; pieces of other types than normal and user-defined are never made of text.
  kSentencePiece,
  // Tokens are found in the text as written, each stretch between them gets its prefix; what spells
  // a token of any type merges to it.
  kLlamaCpp,
};

// tokenizer.json that encodes as the model does. A BPE model becomes merges: every way to write a
// piece as two pieces, best score first; those of equal score get equal ranks ("merge_ranks"), as
// then the leftmost goes first. Exact for vocabularies that hold every character of their pieces,
// as trained ones do. Keys beyond those of Hugging Face (docs/formats/tokenizer.md): merge_ranks,
// longest_match, verbatim.
Json tokenizer_json(const SentencePieceModel& model, PieceRules rules, const std::string& place);

// A tokenizer.model file with what stands beside it in tokenizer_config.json (perhaps an empty
// object): special tokens, those added to the model's own ("added_tokens_decoder"), and whether
// ids begin with bos (as Llama's do without a word) and end with eos.
TokenizerFiles import_sentencepiece(const fs::path& path, const Json& config);

// What puts the tokens that are not empty around a text.
Json around_text(const std::string& before, std::int64_t before_id, const std::string& after,
                 std::int64_t after_id);

}  // namespace lucie
