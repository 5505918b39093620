// OLMo-2: Llama's block with the norms after the branches, and one over the whole width of queries
// and of keys before they turn (Team OLMo 2024).
#include "model/family.h"
#include "model/family_config.h"

namespace lucie {

const Family& olmo2_family();

namespace {

constexpr TensorName kNames[] = {
    {Slot::kEmbedding, "model.embed_tokens.weight", "token_embd.weight"},
    {Slot::kQuery, "model.layers.{}.self_attn.q_proj.weight", "blk.{}.attn_q.weight"},
    {Slot::kQueryBias, "model.layers.{}.self_attn.q_proj.bias", "blk.{}.attn_q.bias"},
    {Slot::kKey, "model.layers.{}.self_attn.k_proj.weight", "blk.{}.attn_k.weight"},
    {Slot::kKeyBias, "model.layers.{}.self_attn.k_proj.bias", "blk.{}.attn_k.bias"},
    {Slot::kValue, "model.layers.{}.self_attn.v_proj.weight", "blk.{}.attn_v.weight"},
    {Slot::kValueBias, "model.layers.{}.self_attn.v_proj.bias", "blk.{}.attn_v.bias"},
    {Slot::kAttentionOut, "model.layers.{}.self_attn.o_proj.weight", "blk.{}.attn_output.weight"},
    {Slot::kAttentionOutBias, "model.layers.{}.self_attn.o_proj.bias", "blk.{}.attn_output.bias"},
    {Slot::kQueryNorm, "model.layers.{}.self_attn.q_norm.weight", "blk.{}.attn_q_norm.weight"},
    {Slot::kKeyNorm, "model.layers.{}.self_attn.k_norm.weight", "blk.{}.attn_k_norm.weight"},
    {Slot::kAttentionNorm, "model.layers.{}.post_attention_layernorm.weight",
     "blk.{}.post_attention_norm.weight"},
    {Slot::kGate, "model.layers.{}.mlp.gate_proj.weight", "blk.{}.ffn_gate.weight"},
    {Slot::kUp, "model.layers.{}.mlp.up_proj.weight", "blk.{}.ffn_up.weight"},
    {Slot::kDown, "model.layers.{}.mlp.down_proj.weight", "blk.{}.ffn_down.weight"},
    {Slot::kMlpNorm, "model.layers.{}.post_feedforward_layernorm.weight",
     "blk.{}.post_ffw_norm.weight"},
    {Slot::kFinalNorm, "model.norm.weight", "output_norm.weight"},
    {Slot::kHead, "lm_head.weight", "output.weight"},
};

std::vector<TensorSpec> tensors(const ModelConfig& c) {
  return make_table(c, kNames);
}

void read_config(const Json& json, ModelConfig& c) {
  read_common_fields(json, c);
  require_field(json, "hidden_act", "silu");
  c.norm_site = NormSite::kAfter;
  c.query_key_norm = true;
  c.norm_eps = json.get("rms_norm_eps", 1e-5);
  c.qkv_bias = c.attention_out_bias = json.get("attention_bias", false);
  c.rope.dims = c.head_dim;
  read_rope(json, c.max_position_embeddings, c.rope);
}

void write_config(const ModelConfig& c, Json& json) {
  write_common_fields(c, json);
  json["rms_norm_eps"] = c.norm_eps;
  json["hidden_act"] = "silu";
  json["attention_bias"] = c.qkv_bias;
  write_rope(c.rope, json);
}

void read_gguf(const GgufReader& gguf, Json& json) {
  json["attention_bias"] = gguf.find("blk.0.attn_q.bias") != nullptr;
}

}  // namespace

const Family& olmo2_family() {
  static const Family family{.name = "olmo2",
                             .hf_architectures = {"Olmo2ForCausalLM"},
                             .other_names = {},
                             .gguf_architecture = "olmo2",
                             .tensors = tensors,
                             .read_config = read_config,
                             .write_config = write_config,
                             .read_gguf = read_gguf,
                             .write_gguf = nullptr,
                             .ignored_suffixes = {".rotary_emb.inv_freq", "rope_freqs.weight"}};
  return family;
}

}  // namespace lucie
