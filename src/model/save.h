// Models to files, for others' tools: a Hugging Face directory that transformers loads, and GGUF
// that llama.cpp loads. Both appear whole or not at all.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/decoder.h"
#include "tokenizer/tokenizer.h"

namespace lucie {

struct SaveOptions {
  DType dtype = DType::kBF16;  // of the matrices; norms are written in the same (HF) or f32 (GGUF)
  TokenId bos = 0, eos = 1;    // of config.json and generation_config.json
  std::string name;            // general.name in GGUF
  std::string licence;         // SPDX, general.license in GGUF
};

// Host values of tensor i of the family's table, in f32. Called once for each, in order: a model
// larger than memory is written tensor by tensor.
using WeightValues = std::function<std::vector<float>(std::size_t i)>;
WeightValues values_of(Context& ctx, const Parameters& weights);
WeightValues random_values(const ModelConfig& config, std::uint64_t seed);

// config.json, generation_config.json, model.safetensors, and tokenizer.json with its config when
// there is a tokenizer, into `directory`, which must exist.
void save_hf(const fs::path& directory, const ModelConfig& config, const WeightValues& values,
             const Tokenizer* tokenizer, const SaveOptions& options);

// The type a tensor gets in a file of type `wanted`: norms stay f32; rows that are not whole blocks
// fall back to f16; the head, or the embedding it is tied to, keeps q8_0 in smaller types, as
// llama.cpp keeps it finer than the rest.
DType stored_type(const TensorSpec& spec, const ModelConfig& config, DType wanted);

void save_gguf(const fs::path& path, const ModelConfig& config, const WeightValues& values,
               const Tokenizer* tokenizer, const SaveOptions& options);

}  // namespace lucie
