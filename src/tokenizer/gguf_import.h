// The tokenizer in a GGUF file's metadata, as the two files of a Hugging Face directory.
#pragma once

#include "base/json.h"
#include "formats/gguf.h"

namespace lucie {

struct GgufTokenizer {
  Json tokenizer, config;
};

// `tokenizer.huggingface.json` where present. Else the model "llama" (SentencePiece scores become
// merges, best score first) or "gpt2" (with the pre-tokenizer that `tokenizer.ggml.pre` names).
// Other models and pre-tokenizers: Error{kUnsupported} that names them.
GgufTokenizer import_gguf_tokenizer(const GgufReader& gguf);

}  // namespace lucie
