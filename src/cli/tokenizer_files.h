// What the tokenizer commands share: opening one, and texts.
#pragma once

#include <optional>
#include <string>

#include "tokenizer/gguf_fidelity.h"
#include "tokenizer/tokenizer.h"

namespace lucie {

// A tokenizer.json, a SentencePiece .model, a .gguf, a directory that holds one, a run, any model.
// `as_llama_cpp`: of a .gguf, what llama.cpp makes of it.
Tokenizer open_tokenizer(const std::string& name, bool as_llama_cpp = false);

// The figure for a tokenizer: by the keys of the file when it is a .gguf, else by those that we
// would write. None for models that GGUF has no place for.
std::optional<GgufFidelity> gguf_fidelity(const std::string& name, const Tokenizer& tokenizer,
                                          std::span<const std::string> lines);

}  // namespace lucie
