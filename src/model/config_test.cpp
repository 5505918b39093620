#include "model/config.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "model/family.h"
#include "model/test_model.h"

namespace lucie {
namespace {

using testing_model::error_of;

// Lucie-7B's config.json, as far as it concerns the shape.
Json lucie_7b() {
  return parse_json(
      R"({"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 4096,
          "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
          "intermediate_size": 12288, "vocab_size": 65024, "max_position_embeddings": 32000,
          "rope_theta": 20000000.0, "rms_norm_eps": 1e-5, "rope_scaling": null,
          "initializer_range": 0.02, "tie_word_embeddings": false})",
      "lucie-7b/config.json");
}

Error refused(const char* field, Json value) {
  Json json = lucie_7b();
  json[field] = std::move(value);
  return error_of([&] { config_from_json(json); });
}

TEST(Config, lucie_7b_has_its_published_number_of_parameters) {
  const ModelConfig config = config_from_json(lucie_7b());
  EXPECT_EQ(parameter_count(config), 6'706'958'336);
  EXPECT_EQ(config.head_dim, 128);
  EXPECT_EQ(config.query_size(), 4096);
  EXPECT_EQ(config.key_size(), 1024);
  EXPECT_EQ(config.rope_theta, 20000000.0);
  EXPECT_EQ(config.max_position_embeddings, 32000);
}

TEST(Config, tied_embeddings_count_once) {
  Json json = lucie_7b();
  json["tie_word_embeddings"] = true;
  EXPECT_EQ(parameter_count(config_from_json(json)), 6'706'958'336 - 65024 * 4096);
}

TEST(Config, missing_fields_take_hugging_faces_defaults) {
  Json json = lucie_7b();
  json.erase("num_key_value_heads");
  json.erase("rope_theta");
  json.erase("tie_word_embeddings");
  const ModelConfig config = config_from_json(json);
  EXPECT_EQ(config.num_key_value_heads, 32);
  EXPECT_EQ(config.rope_theta, 10000.0);
  EXPECT_FALSE(config.tie_word_embeddings);
}

TEST(Config, theta_is_found_where_transformers_5_writes_it) {
  Json json = lucie_7b();
  json.erase("rope_theta");
  json["rope_parameters"] = parse_json(R"({"rope_theta": 500000, "rope_type": "default"})", "x");
  EXPECT_EQ(config_from_json(json).rope_theta, 500000.0);
}

TEST(Config, survives_being_written_and_read) {
  const ModelConfig config = testing_model::small_config(true);
  const Json json = config_to_json(config);
  EXPECT_EQ(config_to_json(config_from_json(json)).dump(), json.dump());
  EXPECT_EQ(parameter_count(config_from_json(json)), parameter_count(config));
}

TEST(Config, errors_name_the_field_and_its_place) {
  const Error error = refused("hidden_size", 0);
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(error.message().find("hidden_size"), std::string::npos);
  Json json = lucie_7b();
  json["num_hidden_layers"] = -3;
  json["num_hidden_layers"].set_place("recipe.yaml:12");
  EXPECT_EQ(error_of([&] { config_from_json(json); }).place(), "recipe.yaml:12");
  json.erase("num_hidden_layers");
  EXPECT_NE(error_of([&] { config_from_json(json); }).message().find("num_hidden_layers"),
            std::string::npos);
}

TEST(Config, refuses_shapes_that_do_not_fit_together) {
  EXPECT_EQ(refused("num_key_value_heads", 7).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused("num_attention_heads", 33).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused("head_dim", 127).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused("vocab_size", std::int64_t{1} << 60).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused("vocab_size", "many").code(), ErrorCode::kInvalidArgument);
}

TEST(Config, refuses_what_the_decoder_does_not_do) {
  const Json scaled = parse_json(R"({"rope_type": "llama3", "factor": 8})", "x");
  EXPECT_EQ(refused("rope_scaling", scaled).code(), ErrorCode::kUnsupported);
  EXPECT_EQ(refused("rope_parameters", scaled).code(), ErrorCode::kUnsupported);
  const Error error = refused("architectures", Json(Json::Array{Json("MambaForCausalLM")}));
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_NE(error.hint().find("LlamaForCausalLM"), std::string::npos);
}

TEST(Family, every_tensor_has_names_and_a_role) {
  const ModelConfig config = testing_model::small_config();
  const auto specs = family("llama").tensors(config);
  EXPECT_EQ(specs.size(), 3U + 9U * 2U);
  for (const TensorSpec& spec : specs) {
    EXPECT_FALSE(spec.name.empty());
    EXPECT_FALSE(spec.gguf_name.empty());
    const bool norm = spec.shape.rank() == 1;
    EXPECT_EQ(spec.decays, !norm) << spec.name;
    EXPECT_EQ(spec.quantizable, !norm) << spec.name;
    EXPECT_EQ(spec.init_std == 0, norm) << spec.name;
    EXPECT_EQ(spec.gguf_rows == RowOrder::kHeadsInterleaved,
              spec.slot == Slot::kQuery || spec.slot == Slot::kKey)
        << spec.name;
  }
}

}  // namespace
}  // namespace lucie
