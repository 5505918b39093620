// Falcon and Claire (Almazrouei et al. 2023): layer norms, queries, keys and values in one matrix,
// GELU. Attention and MLP side by side, over one norm (7B, 11B) or two (40B), or one after the
// other; rotation or ALiBi (RW). Configs in the spelling of RefinedWebModel too.
#include "base/log.h"
#include "model/family.h"
#include "model/family_config.h"

namespace lucie {

const Family& falcon_family();

namespace {

// The two norms by how the branches stand: one for both, two side by side, one after the other.
std::vector<TensorName> norm_names(const ModelConfig& c) {
  const auto norm = [](Slot slot, const char* hf_weight, const char* hf_bias,
                       const char* gguf_weight, const char* gguf_bias) {
    return std::vector<TensorName>{{slot, hf_weight, gguf_weight},
                                   {bias_of(slot), hf_bias, gguf_bias}};
  };
  const bool two = c.parallel_residual && !c.shared_norm;
  // llama.cpp's attn_norm feeds the MLP where there are two, and attn_norm_2 the attention.
  std::vector<TensorName> names =
      two ? norm(Slot::kAttentionNorm, "transformer.h.{}.ln_attn.weight",
                 "transformer.h.{}.ln_attn.bias", "blk.{}.attn_norm_2.weight",
                 "blk.{}.attn_norm_2.bias")
          : norm(Slot::kAttentionNorm, "transformer.h.{}.input_layernorm.weight",
                 "transformer.h.{}.input_layernorm.bias", "blk.{}.attn_norm.weight",
                 "blk.{}.attn_norm.bias");
  const std::vector<TensorName> second =
      two ? norm(Slot::kMlpNorm, "transformer.h.{}.ln_mlp.weight", "transformer.h.{}.ln_mlp.bias",
                 "blk.{}.attn_norm.weight", "blk.{}.attn_norm.bias")
          : norm(Slot::kMlpNorm, "transformer.h.{}.post_attention_layernorm.weight",
                 "transformer.h.{}.post_attention_layernorm.bias", "blk.{}.ffn_norm.weight",
                 "blk.{}.ffn_norm.bias");
  names.insert(names.end(), second.begin(), second.end());
  return names;
}

constexpr TensorName kProjections[] = {
    {Slot::kQuery, "transformer.h.{}.self_attention.query_key_value.weight",
     "blk.{}.attn_qkv.weight"},
    {Slot::kKey, "transformer.h.{}.self_attention.query_key_value.weight",
     "blk.{}.attn_qkv.weight"},
    {Slot::kValue, "transformer.h.{}.self_attention.query_key_value.weight",
     "blk.{}.attn_qkv.weight"},
    {Slot::kQueryBias, "transformer.h.{}.self_attention.query_key_value.bias",
     "blk.{}.attn_qkv.bias"},
    {Slot::kKeyBias, "transformer.h.{}.self_attention.query_key_value.bias",
     "blk.{}.attn_qkv.bias"},
    {Slot::kValueBias, "transformer.h.{}.self_attention.query_key_value.bias",
     "blk.{}.attn_qkv.bias"},
    {Slot::kAttentionOut, "transformer.h.{}.self_attention.dense.weight",
     "blk.{}.attn_output.weight"},
    {Slot::kAttentionOutBias, "transformer.h.{}.self_attention.dense.bias",
     "blk.{}.attn_output.bias"},
    {Slot::kUp, "transformer.h.{}.mlp.dense_h_to_4h.weight", "blk.{}.ffn_up.weight"},
    {Slot::kUpBias, "transformer.h.{}.mlp.dense_h_to_4h.bias", "blk.{}.ffn_up.bias"},
    {Slot::kDown, "transformer.h.{}.mlp.dense_4h_to_h.weight", "blk.{}.ffn_down.weight"},
    {Slot::kDownBias, "transformer.h.{}.mlp.dense_4h_to_h.bias", "blk.{}.ffn_down.bias"},
    {Slot::kFinalNorm, "transformer.ln_f.weight", "output_norm.weight"},
    {Slot::kFinalNormBias, "transformer.ln_f.bias", "output_norm.bias"},
    {Slot::kHead, "lm_head.weight", "output.weight"},
};

std::vector<TensorSpec> tensors(const ModelConfig& c) {
  std::vector<TensorName> names{
      {Slot::kEmbedding, "transformer.word_embeddings.weight", "token_embd.weight"}};
  for (const TensorName& name : norm_names(c)) names.push_back(name);
  names.insert(names.end(), std::begin(kProjections), std::end(kProjections));
  std::vector<TensorSpec> table = make_table(c, names);
  fuse_query_key_value(table, &TensorSpec::hf, Fusion::kPerGroup, c);
  fuse_query_key_value(table, &TensorSpec::gguf, Fusion::kBlocks, c);
  return table;
}

void read_config(const Json& json, ModelConfig& c) {
  c.hidden_size = size_field(json, {"hidden_size", "n_embed"});
  c.num_hidden_layers = size_field(json, {"num_hidden_layers", "n_layer"});
  c.num_attention_heads = size_field(json, {"num_attention_heads", "n_head"});
  const Json* old_groups = json.find("n_head_kv");
  const bool grouped = json.get("new_decoder_architecture", old_groups && !old_groups->is_null());
  const bool multi_query = json.get("multi_query", true);
  c.num_key_value_heads =
      grouped ? size_field(json, {"num_kv_heads", "n_head_kv"}, c.num_attention_heads)
              : (multi_query ? 1 : c.num_attention_heads);
  c.intermediate_size =
      size_field(json, {"ffn_hidden_size", "intermediate_size"}, 4 * c.hidden_size);
  c.vocab_size = size_field(json, {"vocab_size"}, 65024);
  c.max_position_embeddings = size_field(json, {"max_position_embeddings"}, 2048);
  c.head_dim = head_dim_of(json, c);
  c.initializer_range = json.get("initializer_range", 0.02);
  c.tie_word_embeddings = json.get("tie_word_embeddings", true);
  c.norm = NormKind::kLayer;
  c.norm_eps = json.get("layer_norm_epsilon", 1e-5);
  c.parallel_residual = grouped || json.get("parallel_attn", true);
  c.shared_norm = grouped ? json.get("num_ln_in_parallel_attn", 2) == 1 : c.parallel_residual;
  c.qkv_bias = c.attention_out_bias = c.mlp_bias = json.get("bias", false);
  c.mlp = gelu_field(json, "activation");
  c.alibi = json.get("alibi", false);
  c.rope.dims = c.alibi ? 0 : c.head_dim;
  read_rope(json, c.max_position_embeddings, c.rope);
}

// As new_decoder_architecture whatever is not plainly of the old: the layouts are the same.
void write_config(const ModelConfig& c, Json& json) {
  const bool one = c.num_key_value_heads == 1;
  const bool whole = c.num_key_value_heads == c.num_attention_heads;
  const bool grouped = c.parallel_residual && (!c.shared_norm || (!one && !whole));
  write_common_fields(c, json);
  json.erase("num_key_value_heads");
  json.erase("intermediate_size");
  json["num_kv_heads"] = c.num_key_value_heads;
  json["ffn_hidden_size"] = c.intermediate_size;
  json["new_decoder_architecture"] = grouped;
  if (grouped) json["num_ln_in_parallel_attn"] = c.shared_norm ? 1 : 2;
  json["multi_query"] = one;
  json["parallel_attn"] = c.parallel_residual;
  json["layer_norm_epsilon"] = c.norm_eps;
  json["bias"] = c.qkv_bias;
  json["alibi"] = c.alibi;
  json["activation"] = c.mlp == MlpKind::kGeluTanh ? "gelu_pytorch_tanh" : "gelu";
  if (c.alibi) return;
  write_rope(c.rope, json);
}

// GGUF files of others hold the parallel, rotating models without biases only.
void read_gguf(const GgufReader& gguf, Json& json) {
  const std::int64_t groups = json.get("num_key_value_heads", 1);
  const bool two = gguf.find("blk.0.attn_norm_2.weight") != nullptr;
  const bool whole = groups == json.get("num_attention_heads", 0);
  json["new_decoder_architecture"] = two || (groups != 1 && !whole);
  json["num_ln_in_parallel_attn"] = two ? 2 : 1;
  json["num_kv_heads"] = groups;
  json["multi_query"] = groups == 1;
}

void write_gguf(const ModelConfig& c, GgufMetadata& metadata) {
  metadata.emplace_back("falcon.tensor_data_layout", GgufValue::string("jploski"));
  if (c.alibi || !c.parallel_residual || c.qkv_bias) {
    log_warning(
        "other programs that read GGUF have no Falcon with ALiBi, biases or branches one after the "
        "other: this file is for lucie only");
  }
}

}  // namespace

const Family& falcon_family() {
  static const Family family{.name = "falcon",
                             .hf_architectures = {"FalconForCausalLM", "RWForCausalLM"},
                             .other_names = {"RefinedWebModel", "RefinedWeb"},
                             .gguf_architecture = "falcon",
                             .tensors = tensors,
                             .read_config = read_config,
                             .write_config = write_config,
                             .read_gguf = read_gguf,
                             .write_gguf = write_gguf,
                             .ignored_suffixes = {".rotary_emb.inv_freq"}};
  return family;
}

}  // namespace lucie
