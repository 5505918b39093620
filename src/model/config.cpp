#include "model/config.h"

#include <cmath>

#include "base/error.h"
#include "model/family.h"
#include "model/family_config.h"

namespace lucie {
namespace {

// Larger than any published decoder, small enough that products of three fit 63 bits.
constexpr std::int64_t kMaxDimension = std::int64_t{1} << 20;

[[noreturn]] void refuse(const Json& json, const std::string& rule) {
  fail(ErrorCode::kInvalidArgument, rule, json.place());
}

void require_divides(const Json& json, std::int64_t whole, std::int64_t part, const char* rule) {
  if (whole % part != 0) refuse(json, rule);
}

const Family& family_of(const Json& json) {
  if (const Json* names = json.find("architectures"); names && names->size() > 0) {
    return family_by_hf(names->at(std::size_t{0}).as_string());
  }
  return family(json.get("architecture", json.get("model_type", "llama").c_str()));
}

void check(const Json& json, const ModelConfig& c) {
  require_divides(json, c.num_attention_heads, c.num_key_value_heads,
                  "the key and value heads must divide the attention heads");
  if (c.rope.dims % 2 != 0 || c.rope.dims > c.head_dim) {
    refuse(json, std::to_string(c.rope.dims) + " rotary dimensions in heads of " +
                     std::to_string(c.head_dim) + ": they must be even and fit");
  }
  if (c.rope.type == RopeType::kDynamic && c.rope.dims <= 2) {
    refuse(json, "dynamic rope scaling needs more than 2 rotary dimensions");
  }
  const double numbers[] = {c.norm_eps, c.attention_scale, c.embedding_multiplier,
                            c.logit_multiplier, c.matrix_lr_multiplier};
  for (const double number : numbers) {
    if (!(number > 0) || !std::isfinite(number)) refuse(json, "a scale or eps is not above 0");
  }
}

}  // namespace

std::int64_t size_field(const Json& json, std::initializer_list<std::string_view> keys,
                        std::int64_t fallback) {
  const Json* value = nullptr;
  for (const std::string_view key : keys) {
    if (!value || value->is_null()) value = json.find(key);
  }
  const std::int64_t result = value && !value->is_null() ? value->as_int() : fallback;
  if (result < 1 || result > kMaxDimension * 16) {
    fail(ErrorCode::kInvalidArgument,
         "model field '" + std::string(*keys.begin()) + "' is " + std::to_string(result),
         value ? value->place() : json.place(), "give a positive whole number");
  }
  return result;
}

std::int64_t head_dim_of(const Json& json, const ModelConfig& c) {
  require_divides(json, c.hidden_size, c.num_attention_heads,
                  "num_attention_heads must divide hidden_size (or give head_dim)");
  return c.hidden_size / c.num_attention_heads;
}

void read_common_fields(const Json& json, ModelConfig& c) {
  c.hidden_size = size_field(json, {"hidden_size"});
  c.num_hidden_layers = size_field(json, {"num_hidden_layers"});
  c.num_attention_heads = size_field(json, {"num_attention_heads"});
  c.num_key_value_heads = size_field(json, {"num_key_value_heads"}, c.num_attention_heads);
  c.intermediate_size = size_field(json, {"intermediate_size"});
  c.vocab_size = size_field(json, {"vocab_size"});
  c.max_position_embeddings = size_field(json, {"max_position_embeddings"}, 2048);
  const Json* head_dim = json.find("head_dim");
  c.head_dim =
      head_dim && !head_dim->is_null() ? size_field(json, {"head_dim"}) : head_dim_of(json, c);
  c.initializer_range = json.get("initializer_range", 0.02);
  c.tie_word_embeddings = json.get("tie_word_embeddings", false);
}

void write_common_fields(const ModelConfig& c, Json& json) {
  json["hidden_size"] = c.hidden_size;
  json["num_hidden_layers"] = c.num_hidden_layers;
  json["num_attention_heads"] = c.num_attention_heads;
  json["num_key_value_heads"] = c.num_key_value_heads;
  if (c.head_dim * c.num_attention_heads != c.hidden_size) json["head_dim"] = c.head_dim;
  json["intermediate_size"] = c.intermediate_size;
  json["vocab_size"] = c.vocab_size;
  json["max_position_embeddings"] = c.max_position_embeddings;
  json["initializer_range"] = c.initializer_range;
  json["tie_word_embeddings"] = c.tie_word_embeddings;
}

MlpKind gelu_field(const Json& json, std::string_view key) {
  const std::string name = json.get(key, "gelu");
  if (name == "gelu" || name == "gelu_python") return MlpKind::kGeluErf;
  for (const char* tanh :
       {"gelu_new", "gelu_fast", "gelu_pytorch_tanh", "gelu_python_tanh", "gelu_accurate"}) {
    if (name == tanh) return MlpKind::kGeluTanh;
  }
  fail(ErrorCode::kUnsupported, "activation '" + name + "' is not supported", json.place(),
       "known: gelu, gelu_new, gelu_fast, gelu_pytorch_tanh");
}

void require_field(const Json& json, std::string_view key, const Json& value) {
  const Json* field = json.find(key);
  if (!field || field->is_null() || *field == value) return;
  fail(
      ErrorCode::kUnsupported,
      "'" + std::string(key) + "' is " + field->dump() + ", only " + value.dump() + " is supported",
      field->place().empty() ? json.place() : field->place());
}

ModelConfig config_from_json(const Json& json) {
  const Family& row = family_of(json);
  ModelConfig c;
  c.architecture = row.name;
  row.read_config(json, c);
  if (c.attention_scale == 0) c.attention_scale = 1 / std::sqrt(static_cast<double>(c.head_dim));
  check(json, c);
  return c;
}

Json config_to_json(const ModelConfig& c) {
  const Family& row = family(c.architecture);
  Json json = Json::object();
  json["architectures"] = Json(Json::Array{Json(row.hf_architectures.front())});
  json["model_type"] = Json(row.name);
  row.write_config(c, json);
  return json;
}

}  // namespace lucie
