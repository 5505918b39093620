// Shape and switches of a decoder: what config.json or GGUF metadata says, in one form.
// Field names are those of Hugging Face's config.json.
#pragma once

#include <cstdint>
#include <string>

#include "base/json.h"
#include "tensor/ops.h"

namespace lucie {

struct ModelConfig {
  std::string architecture = "llama";  // row of the family table (model_type in config.json)
  std::int64_t hidden_size = 0;
  std::int64_t num_hidden_layers = 0;
  std::int64_t num_attention_heads = 0;
  std::int64_t num_key_value_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t intermediate_size = 0;
  std::int64_t vocab_size = 0;
  std::int64_t max_position_embeddings = 2048;
  double rope_theta = 10000.0;
  double rms_norm_eps = 1e-5;
  double initializer_range = 0.02;
  bool tie_word_embeddings = false;
  // GGUF's llama stores q and k rows for interleaved rotation; read in place, they turn that way.
  RopeStyle rope_style = RopeStyle::kHalf;

  std::int64_t query_size() const { return num_attention_heads * head_dim; }
  std::int64_t key_size() const { return num_key_value_heads * head_dim; }
};

// Fills defaults (head_dim, num_key_value_heads) and checks ranges and divisibility.
// Throws Error{kInvalidArgument} that names the field and the value's place.
ModelConfig config_from_json(const Json& json);
Json config_to_json(const ModelConfig& config);  // config.json's fields, without token ids

}  // namespace lucie
