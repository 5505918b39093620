#include "quant/file_types.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"

namespace lucie {
namespace {

constexpr FileType kTypes[] = {
    {"f32", TypeMix::kF32, DType::kF32},          {"bf16", TypeMix::kBF16, DType::kBF16},
    {"f16", TypeMix::kF16, DType::kF16},          {"q8_0", TypeMix::kQ8_0, DType::kQ8_0},
    {"q6_k", TypeMix::kQ6_K, DType::kQ6_K},       {"q5_1", TypeMix::kQ5_1, DType::kQ5_1},
    {"q5_k_m", TypeMix::kQ5_K_M, DType::kQ5_K},   {"q5_k_s", TypeMix::kQ5_K_S, DType::kQ5_K},
    {"q5_0", TypeMix::kQ5_0, DType::kQ5_0},       {"q4_1", TypeMix::kQ4_1, DType::kQ4_1},
    {"q4_k_m", TypeMix::kQ4_K_M, DType::kQ4_K},   {"q4_k_s", TypeMix::kQ4_K_S, DType::kQ4_K},
    {"q4_0", TypeMix::kQ4_0, DType::kQ4_0},       {"iq4_nl", TypeMix::kIQ4_NL, DType::kIQ4_NL},
    {"iq4_xs", TypeMix::kIQ4_XS, DType::kIQ4_XS}, {"q3_k_l", TypeMix::kQ3_K_L, DType::kQ3_K},
    {"q3_k_m", TypeMix::kQ3_K_M, DType::kQ3_K},   {"q3_k_s", TypeMix::kQ3_K_S, DType::kQ3_K},
    {"q2_k", TypeMix::kQ2_K, DType::kQ2_K},
};

// What the rules ask about a tensor and its model.
struct Site {
  TypeMix mix;
  DType base;
  std::int64_t layer, layers;
  std::int64_t sharing;  // query heads that share a key head
  bool falcon, important;

  // The first and last eighths, and every third layer between them.
  bool wants_more() const {
    const std::int64_t eighth = layers / 8;
    return layer < eighth || layer >= 7 * layers / 8 || (layer - eighth) % 3 == 2;
  }
};

DType head_type(const Site& site, std::int64_t width) {
  if (site.falcon || width % dtype_info(site.base).block != 0) return DType::kQ8_0;
  return site.base == DType::kQ8_0 ? DType::kQ8_0 : DType::kQ6_K;
}

// Values, alone or in one matrix with queries and keys.
DType value_type(const Site& site) {
  switch (site.mix) {
    case TypeMix::kQ2_K:
      return site.sharing >= 4 ? DType::kQ4_K : DType::kQ3_K;
    case TypeMix::kQ3_K_M:
      return site.layer < 2 ? DType::kQ5_K : DType::kQ4_K;
    case TypeMix::kQ3_K_L:
      return DType::kQ5_K;
    case TypeMix::kQ4_K_S:
      return site.layer < 4 ? DType::kQ5_K : site.base;
    case TypeMix::kQ4_K_M:
    case TypeMix::kQ5_K_M:
      return site.wants_more() ? DType::kQ6_K : site.base;
    case TypeMix::kIQ4_NL:
    case TypeMix::kIQ4_XS:
      return site.sharing >= 4 ? DType::kQ5_K : site.base;
    default:
      return site.base;
  }
}

DType down_type(const Site& site) {
  const bool first_eighth = site.layer < site.layers / 8;
  const bool first_sixteenth = site.layer < site.layers / 16;
  switch (site.mix) {
    case TypeMix::kQ2_K:
      return DType::kQ3_K;
    case TypeMix::kQ3_K_M:
      if (first_sixteenth) return DType::kQ5_K;
      return !site.falcon || site.wants_more() ? DType::kQ4_K : DType::kQ3_K;
    case TypeMix::kQ3_K_L:
      return site.falcon ? DType::kQ4_K : DType::kQ5_K;
    case TypeMix::kQ4_K_S:
      return !site.falcon && first_eighth ? DType::kQ5_K : site.base;
    case TypeMix::kQ4_K_M:
      if (!site.falcon) return site.wants_more() ? DType::kQ6_K : site.base;
      if (first_sixteenth) return DType::kQ6_K;
      return site.wants_more() ? DType::kQ5_K : site.base;
    case TypeMix::kQ5_K_M:
      return site.wants_more() ? DType::kQ6_K : site.base;
    case TypeMix::kIQ4_NL:
    case TypeMix::kIQ4_XS:
      return first_eighth && !site.important ? DType::kQ5_K : site.base;
    case TypeMix::kQ4_0:
      return first_eighth && site.important ? DType::kQ4_1 : site.base;
    case TypeMix::kQ5_0:
      return first_eighth && site.important ? DType::kQ5_1 : site.base;
    default:
      return site.base;
  }
}

DType attention_out_type(const Site& site) {
  switch (site.mix) {
    case TypeMix::kQ2_K:
      return site.falcon ? site.base : DType::kQ3_K;
    case TypeMix::kQ3_K_M:
      return site.falcon ? site.base : DType::kQ4_K;
    case TypeMix::kQ3_K_L:
      return site.falcon ? DType::kQ4_K : DType::kQ5_K;
    default:
      return site.base;
  }
}

// What llama.cpp takes for Llama's 70 B: its many queries share few keys, so finer values cost
// little.
bool is_llama_70b(const ModelConfig& config) {
  return config.architecture == "llama" && config.num_hidden_layers == 80 &&
         config.num_attention_heads != config.num_key_value_heads;
}

DType matrix_type(const Site& site, const ModelConfig& config, Slot slot, std::int64_t width) {
  switch (slot) {
    case Slot::kHead:
      return head_type(site, width);
    case Slot::kEmbedding:
      return config.tie_word_embeddings ? head_type(site, width) : site.base;
    case Slot::kValue: {
      const DType type = value_type(site);
      const bool raised = type == DType::kQ3_K || type == DType::kQ4_K;
      return is_llama_70b(config) && raised ? DType::kQ5_K : type;
    }
    case Slot::kDown:
      return down_type(site);
    case Slot::kAttentionOut:
      return attention_out_type(site);
    default:
      return site.base;
  }
}

}  // namespace

std::span<const FileType> file_types() {
  return kTypes;
}

std::string file_type_names() {
  std::vector<std::string> names;
  for (const FileType& type : kTypes) names.emplace_back(type.name);
  return join(names, ", ");
}

const FileType& file_type(std::string_view name, const std::string& place,
                          const std::string& also) {
  const std::string lower = to_lower_ascii(name);
  std::vector<std::string> names;
  for (const FileType& type : kTypes) {
    const bool medium = type.name.ends_with("_k_m") && type.name.substr(0, lower.size()) == lower &&
                        lower.ends_with("_k");
    if (lower == type.name || medium) return type;
    names.emplace_back(type.name);
  }
  if (!also.empty()) names.push_back(also);
  const std::string nearest = did_you_mean(lower, names);
  fail(ErrorCode::kInvalidArgument, "unknown type '" + std::string(name) + "'", place,
       nearest + (nearest.empty() ? "" : " ") + "known: " + join(names, ", "));
}

DType fitting_type(DType wanted, std::int64_t width) {
  if (width % dtype_info(wanted).block == 0) return wanted;
  constexpr std::pair<DType, DType> kSmaller[] = {
      {DType::kIQ4_XS, DType::kIQ4_NL}, {DType::kQ2_K, DType::kQ4_0}, {DType::kQ3_K, DType::kQ4_0},
      {DType::kQ4_K, DType::kQ5_0},     {DType::kQ5_K, DType::kQ5_1}, {DType::kQ6_K, DType::kQ8_0}};
  for (const auto& [large, small] : kSmaller) {
    if (large == wanted && width % dtype_info(small).block == 0) return small;
  }
  return DType::kF16;
}

std::vector<DType> tensor_types(const FileType& type, const ModelConfig& config, bool important) {
  const std::vector<TensorSpec> table = family(config.architecture).tensors(config);
  Site site{.mix = type.mix,
            .base = type.base,
            .layer = 0,
            .layers = config.num_hidden_layers,
            .sharing = config.num_attention_heads / config.num_key_value_heads,
            .falcon = config.architecture == "falcon",
            .important = important};
  std::vector<DType> types;
  for (const FileTensor& file : file_tensors(table, &TensorSpec::gguf)) {
    const TensorSpec& first = table[file.parts.front()];
    if (!first.is_matrix()) {
      types.push_back(DType::kF32);
      continue;
    }
    site.layer = first.layer;
    const Slot slot = file.parts.size() > 1 ? Slot::kValue : first.slot;
    const std::int64_t width = file.shape.last();
    const bool plain = !dtype_info(type.base).quantized;
    types.push_back(
        fitting_type(plain ? type.base : matrix_type(site, config, slot, width), width));
  }
  return types;
}

}  // namespace lucie
