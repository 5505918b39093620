// The tokenizer as GGUF metadata.
#pragma once

#include <cstdint>

#include "formats/gguf.h"
#include "tokenizer/tokenizer.h"

namespace lucie {

// The `tokenizer.*` keys of a GGUF file, with the whole tokenizer.json in
// `tokenizer.huggingface.json`, from which Tokenizer::from_gguf restores the tokenizer exactly.
//
// For readers that know the keys of llama.cpp only:
// - byte-fallback BPE is written as model "llama": the score of a token is minus the rank of the
//   first merge that makes it, so that merging the best score first goes in the order of the
//   merges; tokens that no merge makes have the lowest score. Its normalizer has no place there
//   beyond `add_space_prefix`: rules such as Lucie's are lost on those readers.
// - Unigram is written as model "t5", with scores, character map and white space rules.
// - byte-level BPE is written as model "gpt2", with merges and the pre-tokenizer's name. A
//   pre-tokenizer without a name there: Error{kUnsupported}.
//
// llama.cpp wants a token for every row of the embedding: up to `rows` tokens, "[PADn]" of type
// unused stand for ids without one (0: for as many as the tokenizer has).
GgufMetadata gguf_metadata(const Tokenizer& tokenizer, std::int64_t rows = 0);

}  // namespace lucie
