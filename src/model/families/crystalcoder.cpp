// CrystalCoder (LLM360, Liu et al. 2023): layer norms, biases, SwiGLU, the first dims of each head
// turn in pairs, scores over the width of a head, muP factors. Matrices are stored [in, out]
// (GPT-2's Conv1D). llama.cpp has no such family: in GGUF it stands under a name of ours.
#include "model/family.h"
#include "model/family_config.h"

namespace lucie {

const Family& crystalcoder_family();

namespace {

constexpr TensorName kNames[] = {
    {Slot::kEmbedding, "transformer.wte.weight", "token_embd.weight"},
    {Slot::kAttentionNorm, "transformer.h.{}.ln_1.weight", "blk.{}.attn_norm.weight"},
    {Slot::kAttentionNormBias, "transformer.h.{}.ln_1.bias", "blk.{}.attn_norm.bias"},
    {Slot::kQuery, "transformer.h.{}.attn.c_attn.weight", "blk.{}.attn_qkv.weight"},
    {Slot::kKey, "transformer.h.{}.attn.c_attn.weight", "blk.{}.attn_qkv.weight"},
    {Slot::kValue, "transformer.h.{}.attn.c_attn.weight", "blk.{}.attn_qkv.weight"},
    {Slot::kQueryBias, "transformer.h.{}.attn.c_attn.bias", "blk.{}.attn_qkv.bias"},
    {Slot::kKeyBias, "transformer.h.{}.attn.c_attn.bias", "blk.{}.attn_qkv.bias"},
    {Slot::kValueBias, "transformer.h.{}.attn.c_attn.bias", "blk.{}.attn_qkv.bias"},
    {Slot::kAttentionOut, "transformer.h.{}.attn.c_proj.weight", "blk.{}.attn_output.weight"},
    {Slot::kAttentionOutBias, "transformer.h.{}.attn.c_proj.bias", "blk.{}.attn_output.bias"},
    {Slot::kMlpNorm, "transformer.h.{}.ln_2.weight", "blk.{}.ffn_norm.weight"},
    {Slot::kMlpNormBias, "transformer.h.{}.ln_2.bias", "blk.{}.ffn_norm.bias"},
    {Slot::kUp, "transformer.h.{}.mlp.c_fc.weight", "blk.{}.ffn_up.weight"},
    {Slot::kUpBias, "transformer.h.{}.mlp.c_fc.bias", "blk.{}.ffn_up.bias"},
    {Slot::kGate, "transformer.h.{}.mlp.c_fc2.weight", "blk.{}.ffn_gate.weight"},
    {Slot::kGateBias, "transformer.h.{}.mlp.c_fc2.bias", "blk.{}.ffn_gate.bias"},
    {Slot::kDown, "transformer.h.{}.mlp.c_proj.weight", "blk.{}.ffn_down.weight"},
    {Slot::kDownBias, "transformer.h.{}.mlp.c_proj.bias", "blk.{}.ffn_down.bias"},
    {Slot::kFinalNorm, "transformer.ln_f.weight", "output_norm.weight"},
    {Slot::kFinalNormBias, "transformer.ln_f.bias", "output_norm.bias"},
    {Slot::kHead, "lm_head.weight", "output.weight"},
};

std::vector<TensorSpec> tensors(const ModelConfig& c) {
  std::vector<TensorSpec> table = make_table(c, kNames);
  fuse_query_key_value(table, &TensorSpec::hf, Fusion::kBlocks, c);
  fuse_query_key_value(table, &TensorSpec::gguf, Fusion::kBlocks, c);
  for (TensorSpec& spec : table) spec.hf.transposed = spec.is_matrix() && spec.layer >= 0;
  return table;
}

void read_config(const Json& json, ModelConfig& c) {
  c.hidden_size = size_field(json, {"n_embd", "hidden_size"});
  c.num_hidden_layers = size_field(json, {"n_layer", "num_hidden_layers"});
  c.num_attention_heads = size_field(json, {"n_head", "num_attention_heads"});
  c.num_key_value_heads = c.num_attention_heads;
  c.intermediate_size = size_field(json, {"n_inner", "intermediate_size"}, 4 * c.hidden_size);
  c.vocab_size = size_field(json, {"vocab_size"});
  c.max_position_embeddings = size_field(json, {"n_positions", "max_position_embeddings"}, 1024);
  c.head_dim = head_dim_of(json, c);
  c.initializer_range = json.get("initializer_range", 0.02);
  c.tie_word_embeddings = json.get("tie_word_embeddings", true);
  require_field(json, "activation_function", "swiglu");
  require_field(json, "position_embedding_type", "rotary");
  require_field(json, "scale_attn_weights", true);
  require_field(json, "scale_attn_by_inverse_layer_idx", false);
  c.norm = NormKind::kLayer;
  c.norm_eps = json.get("layer_norm_epsilon", 1e-5);
  c.qkv_bias = c.attention_out_bias = c.mlp_bias = true;
  c.rope.style = RopeStyle::kInterleaved;
  c.rope.dims = size_field(json, {"rotary_dim"}, c.head_dim);
  if (json.get("mup_scale_qk_dot_by_d", false)) {
    c.attention_scale = 1 / static_cast<double>(c.head_dim);
  }
  c.matrix_lr_multiplier = json.get("mup_width_scale", 1.0);
  c.embedding_multiplier = json.get("mup_embeddings_scale", 1.0);
  c.logit_multiplier = json.get("mup_output_alpha", 1.0) * c.matrix_lr_multiplier;
}

void write_config(const ModelConfig& c, Json& json) {
  json["n_embd"] = c.hidden_size;
  json["n_layer"] = c.num_hidden_layers;
  json["n_head"] = c.num_attention_heads;
  json["n_inner"] = c.intermediate_size;
  json["n_positions"] = c.max_position_embeddings;
  json["vocab_size"] = c.vocab_size;
  json["activation_function"] = "swiglu";
  json["position_embedding_type"] = "rotary";
  json["rotary_dim"] = c.rope.dims;
  json["layer_norm_epsilon"] = c.norm_eps;
  json["initializer_range"] = c.initializer_range;
  json["tie_word_embeddings"] = c.tie_word_embeddings;
  json["scale_attn_weights"] = true;
  json["mup_scale_qk_dot_by_d"] =
      c.attention_scale == 1 / static_cast<double>(c.head_dim) && c.head_dim > 1;
  json["mup_width_scale"] = c.matrix_lr_multiplier;
  json["mup_output_alpha"] = c.logit_multiplier / c.matrix_lr_multiplier;
  json["mup_embeddings_scale"] = c.embedding_multiplier;
}

void read_gguf(const GgufReader& gguf, Json& json) {
  json["rotary_dim"] = gguf.integer("crystalcoder.rope.dimension_count", 0);
}

void write_gguf(const ModelConfig& c, GgufMetadata& metadata) {
  const auto real = [](double value) { return GgufValue::f32(static_cast<float>(value)); };
  metadata.emplace_back("crystalcoder.embedding_scale", real(c.embedding_multiplier));
  metadata.emplace_back("crystalcoder.logit_scale", real(c.logit_multiplier));
  metadata.emplace_back("crystalcoder.attention.scale", real(c.attention_scale));
}

}  // namespace

const Family& crystalcoder_family() {
  static const Family family{.name = "crystalcoder",
                             .hf_architectures = {"CrystalCoderLMHeadModel"},
                             .other_names = {},
                             .gguf_architecture = "crystalcoder",
                             .tensors = tensors,
                             .read_config = read_config,
                             .write_config = write_config,
                             .read_gguf = read_gguf,
                             .write_gguf = write_gguf,
                             .ignored_suffixes = {".attn.bias", ".attn.masked_bias"}};
  return family;
}

}  // namespace lucie
