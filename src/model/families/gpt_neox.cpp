// GPT-NeoX and Pythia (Black et al. 2022; Biderman et al. 2023): layer norms, biases everywhere,
// queries, keys and values of a head side by side, a quarter of each head turns, GELU, branches
// side by side over a norm each.
#include <cmath>

#include "model/family.h"
#include "model/family_config.h"

namespace lucie {

const Family& gpt_neox_family();

namespace {

constexpr TensorName kNames[] = {
    {Slot::kEmbedding, "gpt_neox.embed_in.weight", "token_embd.weight"},
    {Slot::kAttentionNorm, "gpt_neox.layers.{}.input_layernorm.weight", "blk.{}.attn_norm.weight"},
    {Slot::kAttentionNormBias, "gpt_neox.layers.{}.input_layernorm.bias", "blk.{}.attn_norm.bias"},
    {Slot::kMlpNorm, "gpt_neox.layers.{}.post_attention_layernorm.weight",
     "blk.{}.ffn_norm.weight"},
    {Slot::kMlpNormBias, "gpt_neox.layers.{}.post_attention_layernorm.bias",
     "blk.{}.ffn_norm.bias"},
    {Slot::kQuery, "gpt_neox.layers.{}.attention.query_key_value.weight", "blk.{}.attn_qkv.weight"},
    {Slot::kKey, "gpt_neox.layers.{}.attention.query_key_value.weight", "blk.{}.attn_qkv.weight"},
    {Slot::kValue, "gpt_neox.layers.{}.attention.query_key_value.weight", "blk.{}.attn_qkv.weight"},
    {Slot::kQueryBias, "gpt_neox.layers.{}.attention.query_key_value.bias", "blk.{}.attn_qkv.bias"},
    {Slot::kKeyBias, "gpt_neox.layers.{}.attention.query_key_value.bias", "blk.{}.attn_qkv.bias"},
    {Slot::kValueBias, "gpt_neox.layers.{}.attention.query_key_value.bias", "blk.{}.attn_qkv.bias"},
    {Slot::kAttentionOut, "gpt_neox.layers.{}.attention.dense.weight", "blk.{}.attn_output.weight"},
    {Slot::kAttentionOutBias, "gpt_neox.layers.{}.attention.dense.bias", "blk.{}.attn_output.bias"},
    {Slot::kUp, "gpt_neox.layers.{}.mlp.dense_h_to_4h.weight", "blk.{}.ffn_up.weight"},
    {Slot::kUpBias, "gpt_neox.layers.{}.mlp.dense_h_to_4h.bias", "blk.{}.ffn_up.bias"},
    {Slot::kDown, "gpt_neox.layers.{}.mlp.dense_4h_to_h.weight", "blk.{}.ffn_down.weight"},
    {Slot::kDownBias, "gpt_neox.layers.{}.mlp.dense_4h_to_h.bias", "blk.{}.ffn_down.bias"},
    {Slot::kFinalNorm, "gpt_neox.final_layer_norm.weight", "output_norm.weight"},
    {Slot::kFinalNormBias, "gpt_neox.final_layer_norm.bias", "output_norm.bias"},
    {Slot::kHead, "embed_out.weight", "output.weight"},
};

std::vector<TensorSpec> tensors(const ModelConfig& c) {
  std::vector<TensorSpec> table = make_table(c, kNames);
  fuse_query_key_value(table, &TensorSpec::hf, Fusion::kPerGroup, c);
  fuse_query_key_value(table, &TensorSpec::gguf, Fusion::kBlocks, c);
  return table;
}

void read_config(const Json& json, ModelConfig& c) {
  read_common_fields(json, c);
  c.head_dim = head_dim_of(json, c);
  c.num_key_value_heads = c.num_attention_heads;
  c.norm = NormKind::kLayer;
  c.norm_eps = json.get("layer_norm_eps", 1e-5);
  c.parallel_residual = json.get("use_parallel_residual", true);
  c.mlp = gelu_field(json, "hidden_act");
  c.qkv_bias = c.attention_out_bias = json.get("attention_bias", true);
  c.mlp_bias = true;
  double share = json.get("rotary_pct", 0.25);
  c.rope.theta = json.get("rotary_emb_base", 10000.0);
  read_rope(json, c.max_position_embeddings, c.rope);
  if (const Json* rope = json.find("rope_parameters"); rope && rope->is_object()) {
    share = rope->get("partial_rotary_factor", share);
  }
  // Whole dims only; the small term undoes the rounding of a written share.
  c.rope.dims = static_cast<std::int64_t>(static_cast<double>(c.head_dim) * share + 1e-6);
}

void write_config(const ModelConfig& c, Json& json) {
  write_common_fields(c, json);
  json.erase("num_key_value_heads");
  json["layer_norm_eps"] = c.norm_eps;
  json["use_parallel_residual"] = c.parallel_residual;
  json["hidden_act"] = c.mlp == MlpKind::kGeluTanh ? "gelu_new" : "gelu";
  json["attention_bias"] = c.qkv_bias;
  write_rope(c.rope, json);
  json.erase("rope_theta");
  json["rotary_emb_base"] = c.rope.theta;
  json["rotary_pct"] = static_cast<double>(c.rope.dims) / static_cast<double>(c.head_dim);
}

void read_gguf(const GgufReader& gguf, Json& json) {
  const double head =
      static_cast<double>(json.get("hidden_size", 0)) / json.get("num_attention_heads", 1.0);
  json["rotary_pct"] = static_cast<double>(gguf.integer("gptneox.rope.dimension_count", 0)) / head;
  json["rotary_emb_base"] = json.get("rope_theta", 10000.0);
  json["use_parallel_residual"] = gguf.integer("gptneox.use_parallel_residual", 1) != 0;
  json["attention_bias"] = gguf.find("blk.0.attn_qkv.bias") != nullptr;
}

void write_gguf(const ModelConfig& c, GgufMetadata& metadata) {
  metadata.emplace_back("gptneox.use_parallel_residual", GgufValue::boolean(c.parallel_residual));
}

}  // namespace

const Family& gpt_neox_family() {
  static const Family family{
      .name = "gpt_neox",
      .hf_architectures = {"GPTNeoXForCausalLM"},
      .other_names = {},
      .gguf_architecture = "gptneox",
      .tensors = tensors,
      .read_config = read_config,
      .write_config = write_config,
      .read_gguf = read_gguf,
      .write_gguf = write_gguf,
      .ignored_suffixes = {".attention.bias", ".attention.masked_bias", ".rotary_emb.inv_freq"}};
  return family;
}

}  // namespace lucie
