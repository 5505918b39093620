// The tokenizer in a GGUF file's metadata, as the two files of a Hugging Face directory.
#pragma once

#include "formats/gguf.h"
#include "tokenizer/sentencepiece_import.h"

namespace lucie {

// `tokenizer.huggingface.json` where present, else as gguf_tokenizer_as_llama_cpp.
TokenizerFiles import_gguf_tokenizer(const GgufReader& gguf);

// What llama.cpp makes of the same file: it does not read tokenizer.huggingface.json. Models
// "llama" (SentencePiece scores become merges), "t5" (Unigram) and "gpt2" (byte-level BPE with the
// pre-tokenizer that `tokenizer.ggml.pre` names). Others: Error{kUnsupported} that names them;
// arrays that do not fit each other: Error{kCorrupt}.
TokenizerFiles gguf_tokenizer_as_llama_cpp(const GgufMetadata& metadata, const std::string& place);

}  // namespace lucie
