// Models to files, for others' tools: a Hugging Face directory that transformers loads, and GGUF
// that llama.cpp loads. Both appear whole or not at all.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "formats/safetensors_shards.h"
#include "model/file_tensors.h"
#include "model/load.h"
#include "tokenizer/tokenizer.h"

namespace lucie {

// How the tensors of a GGUF file are stored, in the order of file_tensors() (quant/file_types.h).
struct GgufTypes {
  std::uint32_t file_type = 0;  // general.file_type, as llama.cpp numbers them
  std::vector<DType> tensors;
  std::vector<std::vector<float>> importance = {};  // of their columns, for encode_row; or none
};

struct SaveOptions {
  DType dtype = DType::kBF16;  // of a directory
  GgufTypes types = {};        // of a GGUF file
  std::optional<TokenId> bos;  // of config.json and generation_config.json
  std::vector<TokenId> eos;    // the same; any of them ends an answer
  std::string name;            // general.name in GGUF
  std::string licence;         // SPDX, general.license in GGUF
  std::uint64_t max_shard_bytes = ShardedSafetensorsWriter::kDefaultShardBytes;
  // Of a GGUF file: what the values come from. With it, writing goes on where a run that was killed
  // left it (GgufWriter); metadata, types and importance need not be in it.
  std::string resume_key = {};
};

// What a file keeps of a model beside its weights.
SaveOptions save_options(const LoadedModel& model, std::string name);

// config.json, generation_config.json, model.safetensors (or its shards and their index), and
// tokenizer.json with its config when there is a tokenizer, into `directory`, which must exist.
void save_hf(const fs::path& directory, const ModelConfig& config, const WeightValues& values,
             const Tokenizer* tokenizer, const SaveOptions& options);

// The files beside the weights; `config` is config.json without token ids. options.dtype means
// nothing here.
void save_hf_description(const fs::path& directory, Json config, const Tokenizer* tokenizer,
                         const SaveOptions& options);

void save_gguf(const fs::path& path, const ModelConfig& config, const WeightValues& values,
               const Tokenizer* tokenizer, const SaveOptions& options);

}  // namespace lucie
