// Shape and switches of a decoder: what config.json or GGUF metadata says, in one form for all
// families. Field names are those of Hugging Face's config.json where it has one. The switches say
// what the block does; family names never occur there.
#pragma once

#include <cstdint>
#include <string>

#include "base/json.h"
#include "model/rope.h"

namespace lucie {

enum class NormKind : std::uint8_t {
  kRms,    // root mean square, gain only
  kLayer,  // mean and variance, gain and bias
};

// Where the norms of a layer stand (the final one is always there).
enum class NormSite : std::uint8_t {
  kBefore,  // x + f(norm(x))
  kAfter,   // x + norm(f(x)) (OLMo-2)
};

enum class MlpKind : std::uint8_t {
  kSwiglu,    // down(silu(gate) * up)
  kGeluErf,   // down(gelu(up)), exact
  kGeluTanh,  // down(gelu(up)), the tanh form
};

struct ModelConfig {
  std::string architecture = "llama";  // row of the family table
  std::int64_t hidden_size = 0;
  std::int64_t num_hidden_layers = 0;
  std::int64_t num_attention_heads = 0;
  std::int64_t num_key_value_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t intermediate_size = 0;
  std::int64_t vocab_size = 0;
  std::int64_t max_position_embeddings = 2048;
  double initializer_range = 0.02;
  bool tie_word_embeddings = false;

  NormKind norm = NormKind::kRms;
  NormSite norm_site = NormSite::kBefore;
  double norm_eps = 1e-5;
  bool query_key_norm = false;  // RMS over the whole width of q and of k, before they turn

  bool parallel_residual = false;  // x + attention(norm(x)) + mlp(norm(x))
  bool shared_norm = false;        // with parallel_residual: one norm feeds both

  MlpKind mlp = MlpKind::kSwiglu;
  bool qkv_bias = false, attention_out_bias = false, mlp_bias = false;

  RopeConfig rope;             // dims 0: nothing turns
  bool alibi = false;          // a bias per head and key position instead of rotation
  double attention_scale = 0;  // of q.k; 1/sqrt(head_dim) or, in muP, 1/head_dim
  // Keys that a position sees at most, its own the last (Beltagy et al. 2020; Mistral); 0: all.
  std::int64_t sliding_window = 0;

  // muP (Yang et al. 2022): factors of the embedding's output and of the logits, and of the
  // learning rate of matrices in the layers.
  double embedding_multiplier = 1, logit_multiplier = 1, matrix_lr_multiplier = 1;

  std::int64_t query_size() const { return num_attention_heads * head_dim; }
  std::int64_t key_size() const { return num_key_value_heads * head_dim; }
  bool gated_mlp() const { return mlp == MlpKind::kSwiglu; }
};

// config.json in its family's spelling, old or new; or a recipe's `model:` with `architecture`.
// Fills defaults and checks ranges and divisibility.
// Throws Error{kInvalidArgument} that names the field and the value's place, Error{kUnsupported}
// for what the decoder does not do.
ModelConfig config_from_json(const Json& json);
// config.json's fields in the family's spelling, without token ids. Reads back as the same.
Json config_to_json(const ModelConfig& config);

}  // namespace lucie
