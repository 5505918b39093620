#include "model/config.h"

#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "model/family.h"
#include "model/placement.h"
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
  EXPECT_EQ(config.rope.theta, 20000000.0);
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
  EXPECT_EQ(config.rope.theta, 10000.0);
  EXPECT_FALSE(config.tie_word_embeddings);
}

TEST(Config, theta_is_found_where_transformers_5_writes_it) {
  Json json = lucie_7b();
  json.erase("rope_theta");
  json["rope_parameters"] = parse_json(R"({"rope_theta": 500000, "rope_type": "default"})", "x");
  EXPECT_EQ(config_from_json(json).rope.theta, 500000.0);
}

TEST(Config, survives_being_written_and_read) {
  const ModelConfig config = testing_model::small_config(true);
  const Json json = config_to_json(config);
  EXPECT_EQ(config_to_json(config_from_json(json)).dump(), json.dump());
  EXPECT_EQ(parameter_count(config_from_json(json)), parameter_count(config));
}

TEST(Config, a_sliding_window_is_mistrals_and_a_recipes) {
  ModelConfig config = testing_model::small_config();
  config.sliding_window = 5;
  Json json = config_to_json(config);
  EXPECT_EQ(json.at("model_type").as_string(), "mistral");
  EXPECT_EQ(config_from_json(json).sliding_window, 5);
  json["sliding_window"] = Json();
  EXPECT_EQ(config_from_json(json).sliding_window, 0);
  json["sliding_window"] = 0;
  EXPECT_THROW(config_from_json(json), Error);
  json = lucie_7b();
  json["model_type"] = "llama";
  json["sliding_window"] = 5;
  EXPECT_EQ(config_from_json(json).sliding_window, 0) << "transformers' Llama has none";
  json.erase("model_type");
  EXPECT_EQ(config_from_json(json).sliding_window, 5);
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
  const Json longrope = parse_json(R"({"rope_type": "longrope", "factor": 8})", "x");
  EXPECT_EQ(refused("rope_scaling", longrope).code(), ErrorCode::kUnsupported);
  EXPECT_EQ(refused("rope_parameters", longrope).code(), ErrorCode::kUnsupported);
  EXPECT_EQ(refused("hidden_act", "relu").code(), ErrorCode::kUnsupported);
  const Json bare = parse_json(R"({"rope_type": "linear"})", "x");
  EXPECT_NE(refused("rope_scaling", bare).message().find("factor"), std::string::npos);
  const Error error = refused("architectures", Json(Json::Array{Json("MambaForCausalLM")}));
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_NE(error.hint().find("LlamaForCausalLM"), std::string::npos);
}

// Llama 3.1 8B: the divisors of its frequencies, from the published rule (Dubey et al. 2024).
TEST(Rope, llama_3_divides_by_the_published_factors) {
  RopeConfig rope{.dims = 128, .theta = 500000.0};
  const std::vector<float> plain = rope_frequencies(rope, 0, 131072);
  rope.type = RopeType::kLlama3;
  rope.factor = 8;
  rope.original_max_position_embeddings = 8192;
  const std::vector<float> scaled = rope_frequencies(rope, 0, 131072);
  const double expected[] = {1, 1.207484, 1.553415, 2.026313, 2.694530, 3.684253, 5.257327, 8};
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_NEAR(plain[28 + i] / scaled[28 + i], expected[i], 2e-6 * expected[i]) << i;
  }
  EXPECT_EQ(plain[0], scaled[0]);
  EXPECT_NEAR(plain[63] / scaled[63], 8.0f, 1e-6);
}

TEST(Rope, dynamic_scaling_acts_beyond_the_window_only) {
  const RopeConfig rope{.dims = 8, .theta = 10000.0, .type = RopeType::kDynamic, .factor = 2};
  EXPECT_EQ(rope_frequencies(rope, 16, 16), rope_frequencies(rope, 1, 16));
  EXPECT_LT(rope_frequencies(rope, 17, 16)[1], rope_frequencies(rope, 16, 16)[1]);
}

// Counts by arithmetic on the published shapes.
TEST(Family, published_models_have_their_number_of_parameters) {
  struct Case {
    const char* json;
    std::int64_t parameters;
  };
  const Case cases[] = {
      {R"({"model_type": "RefinedWebModel", "architectures": ["RWForCausalLM"], "hidden_size": 4544,
          "n_head": 71, "n_layer": 32, "multi_query": true, "parallel_attn": true, "alibi": false,
          "bias": false, "vocab_size": 65024})",
       6'921'720'704},
      {R"({"architectures": ["GPTNeoXForCausalLM"], "hidden_size": 2560, "num_attention_heads": 32,
          "num_hidden_layers": 32, "intermediate_size": 10240, "vocab_size": 50304})",
       2'775'208'960},
      {R"({"architectures": ["Olmo2ForCausalLM"], "hidden_size": 5120, "num_attention_heads": 40,
          "num_key_value_heads": 8, "num_hidden_layers": 64, "intermediate_size": 27648,
          "vocab_size": 100352, "head_dim": 128})",
       32'234'279'936},
      {R"({"architectures": ["CrystalCoderLMHeadModel"], "n_embd": 4096, "n_layer": 32,
          "n_head": 32, "n_inner": 10922, "vocab_size": 32032, "rotary_dim": 32})",
       6'575'278'720},
      {R"({"architectures": ["LlamaForCausalLM"], "hidden_size": 4096, "num_attention_heads": 32,
          "num_hidden_layers": 32, "intermediate_size": 11008, "vocab_size": 32000})",
       6'738'415'616},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(parameter_count(config_from_json(parse_json(one.json, "x"))), one.parameters)
        << one.json;
  }
}

TEST(Family, every_tensor_has_names_and_a_role) {
  const ModelConfig config = testing_model::small_config();
  const auto specs = family("llama").tensors(config);
  EXPECT_EQ(specs.size(), 3U + 9U * 2U);
  for (const TensorSpec& spec : specs) {
    EXPECT_EQ(spec.name, spec.hf.name);
    EXPECT_FALSE(spec.gguf.name.empty()) << spec.name;
    EXPECT_FALSE(spec.universal.name.empty()) << spec.name;
    EXPECT_EQ(spec.init_std == 0, !spec.is_matrix()) << spec.name;
    EXPECT_EQ(spec.gguf.paired_heads != 0, spec.slot == Slot::kQuery || spec.slot == Slot::kKey)
        << spec.name;
  }
}

// What a name says twice, or a row that two tensors claim, would lose weights in silence.
TEST(Family, each_row_of_a_file_belongs_to_one_tensor) {
  for (const std::string& name : family_names()) {
    Json json = parse_json(
        R"({"hidden_size": 48, "num_attention_heads": 6, "num_key_value_heads": 6,
            "num_hidden_layers": 2, "intermediate_size": 40, "vocab_size": 61, "rotary_dim": 2})",
        name);
    json["architecture"] = name;
    const auto specs = family(name).tensors(config_from_json(json));
    for (const Format format : {&TensorSpec::hf, &TensorSpec::gguf}) {
      std::set<std::string> seen;
      for (const FileTensor& file : file_tensors(specs, format)) {
        EXPECT_TRUE(seen.insert(file.name).second) << file.name;
        std::vector<float> claims(static_cast<std::size_t>(file.shape.numel()));
        for (const std::size_t part : file.parts) {
          const std::vector<float> ones(static_cast<std::size_t>(specs[part].shape.numel()), 1.0f);
          std::vector<float> own(claims.size());
          put_part(specs[part], specs[part].*format, DType::kF32, std::as_bytes(std::span(ones)),
                   std::as_writable_bytes(std::span(own)));
          for (std::size_t i = 0; i < own.size(); ++i) claims[i] += own[i];
        }
        EXPECT_EQ(claims, std::vector<float>(claims.size(), 1.0f)) << file.name;
      }
    }
  }
}

}  // namespace
}  // namespace lucie
