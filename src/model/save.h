// Models to files, for others' tools: a Hugging Face directory that transformers loads, and GGUF
// that llama.cpp loads. Both appear whole or not at all.
#pragma once

#include <string>

#include "model/decoder.h"
#include "tokenizer/tokenizer.h"

namespace lucie {

struct SaveOptions {
  DType dtype = DType::kBF16;  // of the matrices; norms are written in the same (HF) or f32 (GGUF)
  TokenId bos = 0, eos = 1;    // of config.json and generation_config.json
  std::string name;            // general.name in GGUF
  std::string licence;         // SPDX, general.license in GGUF
};

// config.json, generation_config.json, model.safetensors, tokenizer.json, tokenizer_config.json,
// special_tokens_map.json into `directory`, which must exist.
void save_hf(Context& ctx, const fs::path& directory, const ModelConfig& config,
             const Parameters& weights, const Tokenizer& tokenizer, const SaveOptions& options);

// The type a tensor gets in a file of type `wanted`: norms stay f32; rows that are not whole blocks
// fall back to f16; the head, or the embedding it is tied to, keeps q8_0 in smaller types, as
// llama.cpp keeps it finer than the rest.
DType stored_type(const TensorSpec& spec, const ModelConfig& config, DType wanted);

void save_gguf(Context& ctx, const fs::path& path, const ModelConfig& config,
               const Parameters& weights, const Tokenizer& tokenizer, const SaveOptions& options);

}  // namespace lucie
