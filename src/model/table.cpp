// From names and switches to the tensors of a model.
#include <algorithm>
#include <cmath>

#include "model/family.h"

namespace lucie {
namespace {

bool is_wanted(Slot slot, const ModelConfig& c) {
  switch (slot) {
    case Slot::kHead:
      return !c.tie_word_embeddings;
    case Slot::kFinalNormBias:
    case Slot::kAttentionNormBias:
      return c.norm == NormKind::kLayer;
    case Slot::kMlpNorm:
      return !c.shared_norm;
    case Slot::kMlpNormBias:
      return c.norm == NormKind::kLayer && !c.shared_norm;
    case Slot::kQueryBias:
    case Slot::kKeyBias:
    case Slot::kValueBias:
      return c.qkv_bias;
    case Slot::kQueryNorm:
    case Slot::kKeyNorm:
      return c.query_key_norm;
    case Slot::kAttentionOutBias:
      return c.attention_out_bias;
    case Slot::kGate:
      return c.gated_mlp();
    case Slot::kGateBias:
      return c.gated_mlp() && c.mlp_bias;
    case Slot::kUpBias:
    case Slot::kDownBias:
      return c.mlp_bias;
    default:
      return true;
  }
}

Shape shape_of(Slot slot, const ModelConfig& c) {
  const std::int64_t C = c.hidden_size, F = c.intermediate_size;
  switch (slot) {
    case Slot::kEmbedding:
    case Slot::kHead:
      return {c.vocab_size, C};
    case Slot::kQuery:
      return {c.query_size(), C};
    case Slot::kKey:
    case Slot::kValue:
      return {c.key_size(), C};
    case Slot::kQueryBias:
    case Slot::kQueryNorm:
      return {c.query_size()};
    case Slot::kKeyBias:
    case Slot::kKeyNorm:
    case Slot::kValueBias:
      return {c.key_size()};
    case Slot::kAttentionOut:
      return {C, c.query_size()};
    case Slot::kGate:
    case Slot::kUp:
      return {F, C};
    case Slot::kGateBias:
    case Slot::kUpBias:
      return {F};
    case Slot::kDown:
      return {C, F};
    default:
      return {C};
  }
}

// Projections that write into the residual stream start smaller, so that its variance does not
// grow with depth (Radford et al. 2019, section 2.3; Megatron-LM's default).
double init_std(Slot slot, const ModelConfig& c) {
  const bool into_stream = slot == Slot::kAttentionOut || slot == Slot::kDown;
  return into_stream
             ? c.initializer_range / std::sqrt(2.0 * static_cast<double>(c.num_hidden_layers))
             : c.initializer_range;
}

bool in_layer(const TensorName& names) {
  return names.hf.find("{}") != std::string_view::npos;
}

std::string with_layer(std::string_view pattern, std::int64_t layer) {
  std::string name(pattern);
  const std::size_t at = name.find("{}");
  return at == std::string::npos ? name : name.replace(at, 2, std::to_string(layer));
}

const char* part_name(Slot slot) {
  if (slot == Slot::kQuery || slot == Slot::kQueryBias) return "/query";
  return slot == Slot::kKey || slot == Slot::kKeyBias ? "/key" : "/value";
}

}  // namespace

bool TensorSpec::is_bias() const {
  switch (slot) {
    case Slot::kFinalNormBias:
    case Slot::kAttentionNormBias:
    case Slot::kQueryBias:
    case Slot::kKeyBias:
    case Slot::kValueBias:
    case Slot::kAttentionOutBias:
    case Slot::kMlpNormBias:
    case Slot::kGateBias:
    case Slot::kUpBias:
    case Slot::kDownBias:
      return true;
    default:
      return false;
  }
}

std::vector<TensorSpec> make_table(const ModelConfig& c, std::span<const TensorName> names) {
  std::vector<TensorSpec> table;
  const auto add = [&](const TensorName& row, std::int64_t layer) {
    if (!is_wanted(row.slot, c)) return;
    TensorSpec spec{};
    spec.slot = row.slot;
    spec.layer = layer;
    spec.shape = shape_of(row.slot, c);
    spec.hf.name = with_layer(row.hf, layer);
    spec.gguf.name = with_layer(row.gguf, layer);
    spec.name = spec.hf.name;
    if (spec.is_matrix()) {
      spec.init_std = init_std(row.slot, c);
      if (layer >= 0) spec.lr_multiplier = c.matrix_lr_multiplier;
    }
    table.push_back(std::move(spec));
  };
  const auto first = std::find_if(names.begin(), names.end(), in_layer);
  const auto last = std::find_if_not(first, names.end(), in_layer);
  for (auto row = names.begin(); row != first; ++row) add(*row, -1);
  for (std::int64_t layer = 0; layer < c.num_hidden_layers; ++layer) {
    for (auto row = first; row != last; ++row) add(*row, layer);
  }
  for (auto row = last; row != names.end(); ++row) add(*row, -1);
  return table;
}

void fuse_query_key_value(std::vector<TensorSpec>& table, Format format, Fusion fusion,
                          const ModelConfig& c) {
  const std::int64_t groups = fusion == Fusion::kBlocks ? 1 : c.num_key_value_heads;
  const std::int64_t queries = c.query_size() / groups, keys = c.key_size() / groups;
  for (TensorSpec& spec : table) {
    Placement& at = spec.*format;
    at.group = queries + 2 * keys;
    switch (spec.slot) {
      case Slot::kQuery:
      case Slot::kQueryBias:
        at.first = 0;
        at.count = queries;
        break;
      case Slot::kKey:
      case Slot::kKeyBias:
        at.first = queries;
        at.count = keys;
        break;
      case Slot::kValue:
      case Slot::kValueBias:
        at.first = queries + keys;
        at.count = keys;
        break;
      default:
        at.group = 0;
        continue;
    }
    if (format == &TensorSpec::hf) spec.name = at.name + part_name(spec.slot);
  }
}

std::int64_t parameter_count(const ModelConfig& config) {
  std::int64_t count = 0;
  for (const TensorSpec& spec : family(config.architecture).tensors(config)) {
    count += spec.shape.numel();
  }
  return count;
}

}  // namespace lucie
