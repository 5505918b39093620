#include "model/gguf_config.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "model/family.h"

namespace lucie {
namespace {

constexpr char kConfigKey[] = "lucie.config.json";

std::string prefix_of(const Family& row) {
  return std::string(row.gguf_architecture) + ".";
}

void read_scaling(const GgufReader& gguf, const std::string& prefix, Json& json) {
  const std::string type = gguf.text(prefix + "rope.scaling.type", "none");
  if (type == "none") return;
  Json scaling = Json::object();
  scaling["rope_type"] = type;
  scaling["factor"] = gguf.real(prefix + "rope.scaling.factor", 1.0);
  const std::int64_t original = gguf.integer(prefix + "rope.scaling.original_context_length", 0);
  if (original > 0) scaling["original_max_position_embeddings"] = original;
  scaling.set_place(json.place());
  json["rope_scaling"] = scaling;
}

// config.json's fields as far as llama.cpp's keys tell them.
Json common_json(const GgufReader& gguf, const Family& row) {
  const std::string prefix = prefix_of(row), place = gguf.file()->path().string();
  Json json = Json::object();
  json.set_place(place);
  json["architecture"] = Json(row.name);
  const auto number = [&](const char* field, const char* key) {
    const std::int64_t value = gguf.integer(prefix + key, 0);
    if (value != 0) json[field] = value;
  };
  number("hidden_size", "embedding_length");
  number("num_hidden_layers", "block_count");
  number("num_attention_heads", "attention.head_count");
  number("num_key_value_heads", "attention.head_count_kv");
  number("head_dim", "attention.key_length");
  number("intermediate_size", "feed_forward_length");
  number("max_position_embeddings", "context_length");
  json["rope_theta"] = gguf.real(prefix + "rope.freq_base", 10000.0);
  json["rms_norm_eps"] = gguf.real(prefix + "attention.layer_norm_rms_epsilon", 1e-5);
  const double eps = gguf.real(prefix + "attention.layer_norm_epsilon", 1e-5);
  json["layer_norm_eps"] = eps;
  json["layer_norm_epsilon"] = eps;
  json["tie_word_embeddings"] = gguf.find("output.weight") == nullptr;
  read_scaling(gguf, prefix, json);
  return json;
}

std::vector<float> factors_of(const RopeConfig& rope, std::int64_t window) {
  RopeConfig plain = rope;
  plain.type = RopeType::kDefault;
  const std::vector<float> scaled = rope_frequencies(rope, 0, window);
  std::vector<float> factors = rope_frequencies(plain, 0, window);
  for (std::size_t i = 0; i < factors.size(); ++i) factors[i] /= scaled[i];
  return factors;
}

bool are_close(const std::vector<float>& a, const std::vector<float>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](float x, float y) { return std::abs(x - y) <= 1e-5f * std::abs(y); });
}

// rope_freqs.weight: Llama 3.1's and 3.2's parameters where the factors are theirs.
void read_factors(const GgufReader& gguf, ModelConfig& c) {
  const StoredTensor* stored = gguf.find("rope_freqs.weight");
  if (!stored) return;
  if (stored->dtype != DType::kF32 || stored->shape.numel() * 2 != c.rope.dims) {
    fail(ErrorCode::kCorrupt, "rope_freqs.weight is not one f32 for each pair that turns",
         gguf.file()->path().string());
  }
  RopeConfig& rope = c.rope;
  rope.factors.resize(static_cast<std::size_t>(stored->shape.numel()));
  decode_row(DType::kF32, gguf.data(*stored).data(), rope.factors.data(), stored->shape.numel());
  for (const double factor : {8.0, 32.0}) {
    RopeConfig known = rope;
    known.type = RopeType::kLlama3;
    known.factor = factor;
    known.original_max_position_embeddings = 8192;
    if (!are_close(factors_of(known, c.max_position_embeddings), rope.factors)) continue;
    known.factors.clear();
    rope = known;
    return;
  }
  for (const float factor : rope.factors) {
    if (!(factor > 0)) {
      fail(ErrorCode::kCorrupt, "rope_freqs.weight holds a factor that is not above 0",
           gguf.file()->path().string());
    }
  }
  rope.type = RopeType::kFactors;
}

ModelConfig config_of_keys(const GgufReader& gguf, const Family& row, std::int64_t vocab_size) {
  Json json = common_json(gguf, row);
  json["vocab_size"] = vocab_size;
  if (row.read_gguf) row.read_gguf(gguf, json);
  ModelConfig config = config_from_json(json);
  read_factors(gguf, config);
  return config;
}

}  // namespace

ModelConfig config_from_gguf(const GgufReader& gguf) {
  const std::string place = gguf.file()->path().string();
  const Family& row = family_by_gguf(gguf.text("general.architecture", ""));
  const StoredTensor* embedding = gguf.find("token_embd.weight");
  if (!embedding || embedding->shape.rank() != 2) {
    fail(ErrorCode::kCorrupt, "no token_embd.weight", place);
  }
  const std::string own = gguf.text(kConfigKey, "");
  ModelConfig config = own.empty() ? config_of_keys(gguf, row, embedding->shape[0])
                                   : config_from_json(parse_json(own, place + ": " + kConfigKey));
  if (config.architecture != row.name) {
    fail(ErrorCode::kCorrupt, std::string(kConfigKey) + " is of another architecture", place);
  }
  const std::vector<TensorSpec> table = row.tensors(config);
  const bool paired = std::any_of(table.begin(), table.end(), [](const TensorSpec& spec) {
    return spec.gguf.paired_heads > 0;
  });
  if (paired) config.rope.style = RopeStyle::kInterleaved;
  return config;
}

std::vector<float> gguf_rope_factors(const ModelConfig& c) {
  if (c.rope.type == RopeType::kFactors) return c.rope.factors;
  if (c.rope.type != RopeType::kLlama3) return {};
  return factors_of(c.rope, c.max_position_embeddings);
}

namespace {

void write_scaling(const ModelConfig& c, const std::string& a, GgufMetadata& metadata) {
  const RopeConfig& rope = c.rope;
  if (rope.type != RopeType::kLinear && rope.type != RopeType::kYarn) return;
  const bool yarn = rope.type == RopeType::kYarn;
  metadata.emplace_back(a + "rope.scaling.type", GgufValue::string(yarn ? "yarn" : "linear"));
  metadata.emplace_back(a + "rope.scaling.factor", GgufValue::f32(static_cast<float>(rope.factor)));
  if (!yarn) return;
  metadata.emplace_back(
      a + "rope.scaling.original_context_length",
      GgufValue::u32(static_cast<std::uint32_t>(rope.original_max_position_embeddings)));
}

}  // namespace

GgufMetadata gguf_metadata(const ModelConfig& c) {
  const Family& row = family(c.architecture);
  const std::string a = prefix_of(row);
  const auto u32 = [](std::int64_t value) {
    return GgufValue::u32(static_cast<std::uint32_t>(value));
  };
  const char* eps = c.norm == NormKind::kLayer ? "attention.layer_norm_epsilon"
                                               : "attention.layer_norm_rms_epsilon";
  GgufMetadata metadata{
      {a + "context_length", u32(c.max_position_embeddings)},
      {a + "embedding_length", u32(c.hidden_size)},
      {a + "block_count", u32(c.num_hidden_layers)},
      {a + "feed_forward_length", u32(c.intermediate_size)},
      {a + "attention.head_count", u32(c.num_attention_heads)},
      {a + "attention.head_count_kv", u32(c.num_key_value_heads)},
      {a + "attention.key_length", u32(c.head_dim)},
      {a + "attention.value_length", u32(c.head_dim)},
      {a + eps, GgufValue::f32(static_cast<float>(c.norm_eps))},
      {a + "rope.dimension_count", u32(c.rope.dims)},
      {a + "rope.freq_base", GgufValue::f32(static_cast<float>(c.rope.theta))},
      {a + "vocab_size", u32(c.vocab_size)},
  };
  write_scaling(c, a, metadata);
  if (row.write_gguf) row.write_gguf(c, metadata);
  // A model whose frequencies came one by one has no config.json that tells them.
  if (c.rope.type != RopeType::kFactors) {
    metadata.emplace_back(kConfigKey, GgufValue::string(config_to_json(c).dump()));
  }
  return metadata;
}

}  // namespace lucie
