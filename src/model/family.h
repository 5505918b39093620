// A model family is a table: its config fields and its list of tensors. From the table follow
// allocation, initialisation, reading and writing of checkpoints, Hugging Face and GGUF names,
// which tensors decay or may be quantized, and parameter counts. The decoder knows slots, never
// names: a new family is a file in families/ and a row in family.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/config.h"
#include "tensor/tensor.h"

namespace lucie {

// What a tensor is to the decoder block.
enum class Slot : std::uint8_t {
  kEmbedding,
  kFinalNorm,
  kHead,
  kAttentionNorm,
  kQuery,
  kKey,
  kValue,
  kAttentionOut,
  kMlpNorm,
  kGate,
  kUp,
  kDown,
};

// How rows of a tensor are reordered on the way to a file.
enum class RowOrder : std::uint8_t {
  kAsIs,
  kHeadsInterleaved,  // per head: half-split rotary rows (0 ... D/2-1, D/2 ...) become pairs
};

struct TensorSpec {
  Slot slot;
  std::int64_t layer = -1;  // -1: not in a layer
  std::string name;         // canonical: that of Hugging Face
  std::string gguf_name;
  Shape shape;  // [out, in], as in PyTorch
  RowOrder gguf_rows = RowOrder::kAsIs;
  std::int64_t gguf_heads = 0;  // heads among the rows, for kHeadsInterleaved
  double init_std = 0;          // normal(0, init_std); 0: ones (norms)
  bool decays = false;          // weight decay applies
  bool quantizable = false;
};

struct Family {
  const char* name;               // ModelConfig::architecture
  const char* hf_architecture;    // "LlamaForCausalLM"
  const char* gguf_architecture;  // "llama"
  std::vector<TensorSpec> (*tensors)(const ModelConfig&);
  // Tensors that files may hold and that we do not need ("rotary_emb.inv_freq"): suffixes.
  std::vector<std::string> ignored_suffixes;
};

// Error{kUnsupported} with the known names.
const Family& family(std::string_view architecture);
const Family& family_by_hf(std::string_view hf_architecture);
const Family& family_by_gguf(std::string_view gguf_architecture);

const Family& llama_family();

std::int64_t parameter_count(const ModelConfig& config);

}  // namespace lucie
