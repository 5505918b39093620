// A model family is a table: the names of its tensors in each format, and how its config.json is
// spelled. From the table follow allocation, initialisation, reading and writing of checkpoints,
// which tensors decay or may be quantized, and parameter counts. The decoder knows slots, never
// names: a new family is a file in families/ and a row in family.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/gguf.h"
#include "model/config.h"
#include "tensor/tensor.h"

namespace lucie {

// What a tensor is to the decoder block. A slot that may have a bias is followed by its bias.
enum class Slot : std::uint8_t {
  kEmbedding,
  kHead,
  kFinalNorm,
  kFinalNormBias,
  kAttentionNorm,  // before the branch or after it: ModelConfig::norm_site
  kAttentionNormBias,
  kQuery,
  kQueryBias,
  kKey,
  kKeyBias,
  kValue,
  kValueBias,
  kQueryNorm,
  kKeyNorm,
  kAttentionOut,
  kAttentionOutBias,
  kMlpNorm,
  kMlpNormBias,
  kGate,
  kGateBias,
  kUp,
  kUpBias,
  kDown,
  kDownBias,
};
constexpr std::size_t kSlots = static_cast<std::size_t>(Slot::kDownBias) + 1;
constexpr Slot bias_of(Slot slot) {
  return static_cast<Slot>(static_cast<std::uint8_t>(slot) + 1);
}

// Where a tensor of the table stands in the files of one format. Rows are outputs: the first
// dimension of the table's shape.
struct Placement {
  std::string name;  // empty: this format has no place for it
  // Fused with others: the file's tensor is groups of `group` rows, of which `count` from `first`
  // on are this one's. 0: it has the tensor for itself.
  std::int64_t group = 0, first = 0, count = 0;
  bool transposed = false;        // stored [in, out] (GPT-2's Conv1D)
  std::int64_t paired_heads = 0;  // heads whose rotary rows stand as pairs, not half-split
};

struct TensorSpec {
  Slot slot = Slot::kEmbedding;
  std::int64_t layer = -1;  // -1: not in a layer
  std::string name;         // canonical, of checkpoints: Hugging Face's, "NAME/query" of fused ones
  Shape shape;              // [out, in], as in PyTorch
  Placement hf, gguf, universal;
  double init_std = 0;  // of matrices; norms start at 1, biases at 0
  double lr_multiplier = 1;
  // Matrices decay, may be quantized and compute in the working type; norms and biases do not.
  bool is_matrix() const { return shape.rank() == 2; }
  bool is_bias() const;
};

// A column of Placement per format.
using Format = Placement TensorSpec::*;

struct TensorName {
  Slot slot;
  std::string_view hf, gguf;  // "{}" stands for the layer
};

struct Family {
  std::string_view name;  // ModelConfig::architecture: model_type in config.json
  std::vector<std::string_view> hf_architectures;  // the first is written
  std::vector<std::string_view> other_names;       // model_types of older files
  std::string_view gguf_architecture;
  std::vector<TensorSpec> (*tensors)(const ModelConfig&);
  // The family's own fields, on top of what all share (family_config.h).
  void (*read_config)(const Json&, ModelConfig&);
  void (*write_config)(const ModelConfig&, Json&);
  // GGUF metadata beyond the common keys, both ways; `json` is config.json's fields so far.
  // nullptr: nothing.
  void (*read_gguf)(const GgufReader&, Json&);
  void (*write_gguf)(const ModelConfig&, GgufMetadata&);
  // Tensors that files may hold and that we do not need ("rotary_emb.inv_freq"): suffixes.
  std::vector<std::string_view> ignored_suffixes;
};

// Error{kUnsupported} with the known names.
const Family& family(std::string_view architecture);
const Family& family_by_hf(std::string_view hf_architecture);
const Family& family_by_gguf(std::string_view gguf_architecture);
std::vector<std::string> family_names();

// --- For families/ ---

// The table of `names`, in their order, layer by layer: of each slot that the config's switches ask
// for, a tensor of the shape that they give it. Names without "{}" stand outside of the layers.
std::vector<TensorSpec> make_table(const ModelConfig& config, std::span<const TensorName> names);

// How q, k and v lie in one tensor.
enum class Fusion : std::uint8_t {
  kBlocks,    // all of q, then k, then v
  kPerGroup,  // per key head: its queries, its key, its value (GPT-NeoX, Falcon)
};
void fuse_query_key_value(std::vector<TensorSpec>& table, Format format, Fusion fusion,
                          const ModelConfig& config);

std::int64_t parameter_count(const ModelConfig& config);

}  // namespace lucie
