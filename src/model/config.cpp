#include "model/config.h"

#include "base/error.h"
#include "model/family.h"

namespace lucie {
namespace {

// Larger than any published decoder, small enough that products of three fit 63 bits.
constexpr std::int64_t kMaxDimension = std::int64_t{1} << 20;

std::int64_t positive(const Json& json, std::string_view key, std::int64_t fallback) {
  const Json* value = json.find(key);
  const std::int64_t result = value && !value->is_null() ? value->as_int() : fallback;
  if (result < 1 || result > kMaxDimension * 16) {
    fail(ErrorCode::kInvalidArgument,
         "model field '" + std::string(key) + "' is " + std::to_string(result),
         value ? value->place() : json.place(), "give a positive whole number");
  }
  return result;
}

void require_divides(const Json& json, std::int64_t whole, std::int64_t part, const char* rule) {
  if (whole % part != 0) fail(ErrorCode::kInvalidArgument, rule, json.place());
}

}  // namespace

ModelConfig config_from_json(const Json& json) {
  ModelConfig c;
  if (const Json* names = json.find("architectures"); names && names->size() > 0) {
    c.architecture = family_by_hf(names->at(std::size_t{0}).as_string()).name;
  } else {
    c.architecture = json.get("architecture", json.get("model_type", "llama").c_str());
  }
  family(c.architecture);  // refuses unknown ones
  c.hidden_size = positive(json, "hidden_size", 0);
  c.num_hidden_layers = positive(json, "num_hidden_layers", 0);
  c.num_attention_heads = positive(json, "num_attention_heads", 0);
  c.num_key_value_heads = positive(json, "num_key_value_heads", c.num_attention_heads);
  c.intermediate_size = positive(json, "intermediate_size", 0);
  c.vocab_size = positive(json, "vocab_size", 0);
  c.max_position_embeddings = positive(json, "max_position_embeddings", 2048);
  require_divides(json, c.num_attention_heads, c.num_key_value_heads,
                  "num_key_value_heads must divide num_attention_heads");
  if (!json.find("head_dim")) {
    require_divides(json, c.hidden_size, c.num_attention_heads,
                    "num_attention_heads must divide hidden_size (or give head_dim)");
  }
  c.head_dim = positive(json, "head_dim", c.hidden_size / c.num_attention_heads);
  require_divides(json, c.head_dim, 2, "head_dim must be even for rotary embeddings");
  c.rope_theta = json.get("rope_theta", 10000.0);
  // transformers 5 moved theta into rope_parameters; older files say rope_scaling: null.
  if (const Json* rope = json.find("rope_parameters"); rope && rope->is_object()) {
    c.rope_theta = rope->get("rope_theta", c.rope_theta);
    if (rope->get("rope_type", "default") != "default") {
      fail(ErrorCode::kUnsupported, "rope_type is not 'default'", rope->place());
    }
  }
  if (const Json* scaling = json.find("rope_scaling"); scaling && scaling->is_object()) {
    fail(ErrorCode::kUnsupported, "rope_scaling is not supported", scaling->place());
  }
  c.rms_norm_eps = json.get("rms_norm_eps", 1e-5);
  c.initializer_range = json.get("initializer_range", 0.02);
  c.tie_word_embeddings = json.get("tie_word_embeddings", false);
  return c;
}

Json config_to_json(const ModelConfig& c) {
  const Family& row = family(c.architecture);
  Json json = Json::object();
  json["architectures"] = Json(Json::Array{Json(row.hf_architecture)});
  json["model_type"] = Json(row.name);
  json["hidden_size"] = c.hidden_size;
  json["num_hidden_layers"] = c.num_hidden_layers;
  json["num_attention_heads"] = c.num_attention_heads;
  json["num_key_value_heads"] = c.num_key_value_heads;
  json["head_dim"] = c.head_dim;
  json["intermediate_size"] = c.intermediate_size;
  json["vocab_size"] = c.vocab_size;
  json["max_position_embeddings"] = c.max_position_embeddings;
  json["rope_theta"] = c.rope_theta;
  json["rms_norm_eps"] = c.rms_norm_eps;
  json["initializer_range"] = c.initializer_range;
  json["tie_word_embeddings"] = c.tie_word_embeddings;
  json["hidden_act"] = "silu";
  json["attention_bias"] = false;
  json["mlp_bias"] = false;
  return json;
}

}  // namespace lucie
