// Llama: Lucie, Llama 3.1, Amber, SmolLM2; and Mistral, with a sliding window. Pre-norm blocks,
// grouped-query attention, rotary embeddings over the whole head, SwiGLU (Touvron et al. 2023;
// Dubey et al. 2024).
#include "model/family.h"
#include "model/family_config.h"

namespace lucie {

const Family& llama_family();

namespace {

constexpr TensorName kNames[] = {
    {Slot::kEmbedding, "model.embed_tokens.weight", "token_embd.weight"},
    {Slot::kAttentionNorm, "model.layers.{}.input_layernorm.weight", "blk.{}.attn_norm.weight"},
    {Slot::kQuery, "model.layers.{}.self_attn.q_proj.weight", "blk.{}.attn_q.weight"},
    {Slot::kQueryBias, "model.layers.{}.self_attn.q_proj.bias", "blk.{}.attn_q.bias"},
    {Slot::kKey, "model.layers.{}.self_attn.k_proj.weight", "blk.{}.attn_k.weight"},
    {Slot::kKeyBias, "model.layers.{}.self_attn.k_proj.bias", "blk.{}.attn_k.bias"},
    {Slot::kValue, "model.layers.{}.self_attn.v_proj.weight", "blk.{}.attn_v.weight"},
    {Slot::kValueBias, "model.layers.{}.self_attn.v_proj.bias", "blk.{}.attn_v.bias"},
    {Slot::kAttentionOut, "model.layers.{}.self_attn.o_proj.weight", "blk.{}.attn_output.weight"},
    {Slot::kAttentionOutBias, "model.layers.{}.self_attn.o_proj.bias", "blk.{}.attn_output.bias"},
    {Slot::kMlpNorm, "model.layers.{}.post_attention_layernorm.weight", "blk.{}.ffn_norm.weight"},
    {Slot::kGate, "model.layers.{}.mlp.gate_proj.weight", "blk.{}.ffn_gate.weight"},
    {Slot::kGateBias, "model.layers.{}.mlp.gate_proj.bias", "blk.{}.ffn_gate.bias"},
    {Slot::kUp, "model.layers.{}.mlp.up_proj.weight", "blk.{}.ffn_up.weight"},
    {Slot::kUpBias, "model.layers.{}.mlp.up_proj.bias", "blk.{}.ffn_up.bias"},
    {Slot::kDown, "model.layers.{}.mlp.down_proj.weight", "blk.{}.ffn_down.weight"},
    {Slot::kDownBias, "model.layers.{}.mlp.down_proj.bias", "blk.{}.ffn_down.bias"},
    {Slot::kFinalNorm, "model.norm.weight", "output_norm.weight"},
    {Slot::kHead, "lm_head.weight", "output.weight"},
};

// Megatron-DeepSpeed's pipeline numbers its layers from the embedding's 1 on: decoder layer l is
// l + 2, the final norm follows, then the head. Keys and values of a head stand together, as do
// gate and up. Llama's without biases only: the fork that Lucie was trained with has none.
void place_in_universal(TensorSpec& spec, const ModelConfig& c) {
  const std::int64_t L = c.num_hidden_layers, D = c.head_dim, F = c.intermediate_size;
  const std::string layer = std::to_string(spec.layer + 2) + ".";
  switch (spec.slot) {
    case Slot::kEmbedding:
      spec.universal = {.name = "1.word_embeddings.weight"};
      break;
    case Slot::kHead:
      spec.universal = {.name = std::to_string(L + 3) + ".lm_head.weight"};
      break;
    case Slot::kFinalNorm:
      spec.universal = {.name = std::to_string(L + 2) + ".weight"};
      break;
    case Slot::kAttentionNorm:
      spec.universal = {.name = layer + "input_layernorm.weight"};
      break;
    case Slot::kQuery:
      spec.universal = {.name = layer + "self_attention.query.weight"};
      break;
    case Slot::kKey:
    case Slot::kValue:
      spec.universal = {.name = layer + "self_attention.key_value.weight",
                        .group = 2 * D,
                        .first = spec.slot == Slot::kKey ? 0 : D,
                        .count = D};
      break;
    case Slot::kAttentionOut:
      spec.universal = {.name = layer + "self_attention.dense.weight"};
      break;
    case Slot::kMlpNorm:
      spec.universal = {.name = layer + "post_attention_layernorm.weight"};
      break;
    case Slot::kGate:
    case Slot::kUp:
      spec.universal = {.name = layer + "mlp.dense_h_to_4h.weight",
                        .group = 2 * F,
                        .first = spec.slot == Slot::kGate ? 0 : F,
                        .count = F};
      break;
    case Slot::kDown:
      spec.universal = {.name = layer + "mlp.dense_4h_to_h.weight"};
      break;
    default:
      break;
  }
}

// llama.cpp turns pairs: rows of q and k are reordered in its files.
void place_in_gguf(TensorSpec& spec, const ModelConfig& c) {
  if (spec.slot == Slot::kQuery || spec.slot == Slot::kQueryBias) {
    spec.gguf.paired_heads = c.num_attention_heads;
  }
  if (spec.slot == Slot::kKey || spec.slot == Slot::kKeyBias) {
    spec.gguf.paired_heads = c.num_key_value_heads;
  }
}

std::vector<TensorSpec> tensors(const ModelConfig& c) {
  std::vector<TensorSpec> table = make_table(c, kNames);
  for (TensorSpec& spec : table) {
    place_in_universal(spec, c);
    place_in_gguf(spec, c);
  }
  return table;
}

void read_config(const Json& json, ModelConfig& c) {
  read_common_fields(json, c);
  require_field(json, "hidden_act", "silu");
  // transformers' default is 1e-6; a recipe, which says `architecture`, has 1e-5.
  c.norm_eps = json.get("rms_norm_eps", json.find("architecture") ? 1e-5 : 1e-6);
  c.qkv_bias = c.attention_out_bias = json.get("attention_bias", false);
  c.mlp_bias = json.get("mlp_bias", false);
  // A recipe's and Mistral's; transformers' Llama has none, whatever its config says.
  const Json* window = json.find("sliding_window");
  if (window && !window->is_null() && std::string(json.get("model_type", "mistral")) == "mistral") {
    c.sliding_window = size_field(json, {"sliding_window"});
  }
  c.rope.dims = c.head_dim;
  read_rope(json, c.max_position_embeddings, c.rope);
}

void write_config(const ModelConfig& c, Json& json) {
  write_common_fields(c, json);
  json["head_dim"] = c.head_dim;
  json["rms_norm_eps"] = c.norm_eps;
  json["hidden_act"] = "silu";
  json["attention_bias"] = c.qkv_bias;
  json["mlp_bias"] = c.mlp_bias;
  write_rope(c.rope, json);
  if (c.sliding_window == 0) return;
  json["architectures"] = Json(Json::Array{Json("MistralForCausalLM")});
  json["model_type"] = Json("mistral");
  json["sliding_window"] = c.sliding_window;
}

void read_gguf(const GgufReader& gguf, Json& json) {
  json["attention_bias"] = gguf.find("blk.0.attn_q.bias") != nullptr;
  json["mlp_bias"] = gguf.find("blk.0.ffn_up.bias") != nullptr;
  const std::int64_t window = gguf.integer("llama.attention.sliding_window", 0);
  if (window != 0) json["sliding_window"] = window;
}

void write_gguf(const ModelConfig& c, GgufMetadata& metadata) {
  if (c.sliding_window == 0) return;
  metadata.emplace_back("llama.attention.sliding_window",
                        GgufValue::u32(static_cast<std::uint32_t>(c.sliding_window)));
}

}  // namespace

const Family& llama_family() {
  static const Family family{
      .name = "llama",
      .hf_architectures = {"LlamaForCausalLM", "LLaMAForCausalLM", "MistralForCausalLM"},
      .other_names = {"mistral"},
      .gguf_architecture = "llama",
      .tensors = tensors,
      .read_config = read_config,
      .write_config = write_config,
      .read_gguf = read_gguf,
      .write_gguf = write_gguf,
      .ignored_suffixes = {".rotary_emb.inv_freq", "rope_freqs.weight"}};
  return family;
}

}  // namespace lucie
