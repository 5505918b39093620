// Llama: Lucie, Llama 3.1, Amber, SmolLM2. Pre-norm blocks, grouped-query attention, rotary
// embeddings over the whole head, SwiGLU, no biases (Touvron et al. 2023; Dubey et al. 2024).
#include <cmath>

#include "model/family.h"

namespace lucie {
namespace {

std::vector<TensorSpec> tensors(const ModelConfig& c) {
  const std::int64_t C = c.hidden_size, F = c.intermediate_size, V = c.vocab_size;
  const double std = c.initializer_range;
  // Projections that write into the residual stream start smaller, so that its variance does not
  // grow with depth (Radford et al. 2019, section 2.3; Megatron-LM's default).
  const double residual_std = std / std::sqrt(2.0 * static_cast<double>(c.num_hidden_layers));
  std::vector<TensorSpec> specs;
  const auto matrix = [&](Slot slot, std::int64_t layer, std::string name, std::string gguf,
                          Shape shape, double init) -> TensorSpec& {
    specs.push_back({.slot = slot,
                     .layer = layer,
                     .name = std::move(name),
                     .gguf_name = std::move(gguf),
                     .shape = shape,
                     .init_std = init,
                     .decays = true,
                     .quantizable = true});
    return specs.back();
  };
  const auto norm = [&](Slot slot, std::int64_t layer, std::string name, std::string gguf) {
    specs.push_back({.slot = slot,
                     .layer = layer,
                     .name = std::move(name),
                     .gguf_name = std::move(gguf),
                     .shape = {C}});
  };

  matrix(Slot::kEmbedding, -1, "model.embed_tokens.weight", "token_embd.weight", {V, C}, std);
  for (std::int64_t l = 0; l < c.num_hidden_layers; ++l) {
    const std::string hf = "model.layers." + std::to_string(l) + ".";
    const std::string gguf = "blk." + std::to_string(l) + ".";
    norm(Slot::kAttentionNorm, l, hf + "input_layernorm.weight", gguf + "attn_norm.weight");
    TensorSpec& q = matrix(Slot::kQuery, l, hf + "self_attn.q_proj.weight", gguf + "attn_q.weight",
                           {c.query_size(), C}, std);
    q.gguf_rows = RowOrder::kHeadsInterleaved;
    q.gguf_heads = c.num_attention_heads;
    TensorSpec& k = matrix(Slot::kKey, l, hf + "self_attn.k_proj.weight", gguf + "attn_k.weight",
                           {c.key_size(), C}, std);
    k.gguf_rows = RowOrder::kHeadsInterleaved;
    k.gguf_heads = c.num_key_value_heads;
    matrix(Slot::kValue, l, hf + "self_attn.v_proj.weight", gguf + "attn_v.weight",
           {c.key_size(), C}, std);
    matrix(Slot::kAttentionOut, l, hf + "self_attn.o_proj.weight", gguf + "attn_output.weight",
           {C, c.query_size()}, residual_std);
    norm(Slot::kMlpNorm, l, hf + "post_attention_layernorm.weight", gguf + "ffn_norm.weight");
    matrix(Slot::kGate, l, hf + "mlp.gate_proj.weight", gguf + "ffn_gate.weight", {F, C}, std);
    matrix(Slot::kUp, l, hf + "mlp.up_proj.weight", gguf + "ffn_up.weight", {F, C}, std);
    matrix(Slot::kDown, l, hf + "mlp.down_proj.weight", gguf + "ffn_down.weight", {C, F},
           residual_std);
  }
  norm(Slot::kFinalNorm, -1, "model.norm.weight", "output_norm.weight");
  if (!c.tie_word_embeddings) {
    matrix(Slot::kHead, -1, "lm_head.weight", "output.weight", {V, C}, std);
  }
  return specs;
}

}  // namespace

const Family& llama_family() {
  static const Family family{
      "llama", "LlamaForCausalLM", "llama", tensors, {".rotary_emb.inv_freq", "rope_freqs.weight"}};
  return family;
}

}  // namespace lucie
