// Models between forms: training states, shards, GGUFs of others, and the check of what was
// written.
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/log.h"
#include "formats/gguf.h"
#include "model/gguf_config.h"
#include "model/host_bytes.h"
#include "model/test_model.h"
#include "model/universal.h"
#include "model/verify.h"
#include "tensor/ops.h"

namespace lucie {
namespace {

using testing_model::error_of;
using testing_model::Folder;
using testing_model::small_config;

class Warnings : public LogSink {
 public:
  Warnings() { set_log_sink(this); }
  ~Warnings() override { set_log_sink(nullptr); }
  void message(LogLevel level, std::string_view words) override {
    if (level == LogLevel::kWarning) text += words;
  }
  void progress(const ProgressState&) override {}
  std::string text;
};

class Convert : public ::testing::Test {
 protected:
  ThreadPool pool_{1};
  Context ctx_{make_device("ref"), pool_};
  Tokenizer tokenizer_ = testing_model::small_tokenizer();
  Folder folder_;

  static SaveOptions f32() {
    SaveOptions options;
    options.dtype = DType::kF32;
    options.name = "small";
    options.licence = "Apache-2.0";
    return options;
  }
  Verification verify(const Decoder& model, const fs::path& path, bool lossless = true) {
    return verify_written(ctx_, {model, &tokenizer_}, path, lossless);
  }
  // The small model with one weight of another value.
  Decoder changed(const Decoder& model, float value) {
    Parameters weights(model.weights().specs());
    for (std::size_t i = 0; i < weights.size(); ++i) {
      std::vector<float> values = ctx_.download(model.weights()[i]);
      if (weights.specs()[i].slot == Slot::kDown) values[3] = value;
      weights.set(i, ctx_.upload(DType::kF32, weights.specs()[i].shape, values));
    }
    return Decoder(ctx_, model.config(), weights);
  }
  void save_directory(const Decoder& model, const SaveOptions& options) {
    save_hf(folder_.path(), model.config(), values_of(ctx_, model.weights()), &tokenizer_, options);
  }
};

TEST_F(Convert, training_states_survive_a_universal_checkpoint) {
  const ModelConfig config = small_config();
  const Decoder model = testing_model::small_model(ctx_, config);
  const Parameters m = make_initial(ctx_, config, 12, DType::kF32);
  const Parameters v = make_initial(ctx_, config, 13, DType::kF32);
  save_universal(folder_ / "states", config,
                 {values_of(ctx_, model.weights()), values_of(ctx_, m), values_of(ctx_, v)}, 25);

  const UniversalCheckpoint checkpoint(folder_ / "states");
  EXPECT_EQ(checkpoint.step(), 25);
  EXPECT_EQ(config_to_json(config_from_universal(checkpoint)).dump(),
            config_to_json(config).dump());
  const Parameters* expected[] = {&model.weights(), &m, &v};
  for (int state = 0; state < kUniversalStates; ++state) {
    const Parameters loaded =
        load_universal(ctx_, checkpoint, static_cast<UniversalState>(state), config, "states");
    for (std::size_t i = 0; i < loaded.size(); ++i) {
      ASSERT_EQ(ctx_.download(loaded[i]), ctx_.download((*expected[state])[i]))
          << state << " " << loaded.specs()[i].name;
    }
  }
  EXPECT_EQ(verify(model, folder_ / "states").different, 0);
}

// Keys and values of a head stand together there, gate above up.
TEST_F(Convert, megatron_orders_rows_by_head) {
  const ModelConfig config = small_config();
  const Decoder model = testing_model::small_model(ctx_, config);
  save_universal(folder_ / "states", config, {values_of(ctx_, model.weights()), {}, {}}, 0);
  const UniversalCheckpoint checkpoint(folder_ / "states");
  const WeightSource& weights = *checkpoint.state(UniversalState::kWeights);
  const auto rows = [&](const char* name, std::size_t first, std::size_t count) {
    const auto bytes = weights.data(*weights.find(name));
    const auto* values = reinterpret_cast<const float*>(bytes.data());
    return std::vector<float>(values + first * 24, values + (first + count) * 24);
  };
  const auto own = [&](Slot slot, std::int64_t first, std::int64_t count) {
    return ctx_.download(model.weights().at(slot, 1).rows(first, count));
  };
  EXPECT_EQ(rows("3.self_attention.key_value.weight", 0, 4), own(Slot::kKey, 0, 4));
  EXPECT_EQ(rows("3.self_attention.key_value.weight", 4, 4), own(Slot::kValue, 0, 4));
  EXPECT_EQ(rows("3.self_attention.key_value.weight", 8, 4), own(Slot::kKey, 4, 4));
  EXPECT_EQ(rows("3.mlp.dense_h_to_4h.weight", 40, 40), own(Slot::kUp, 0, 40));
  EXPECT_EQ(checkpoint.state(UniversalState::kFirstMoment), nullptr);
}

TEST_F(Convert, megatrons_own_arguments_are_enough) {
  Json args = Json::object();
  for (const auto& [key, value] : std::initializer_list<std::pair<const char*, std::int64_t>>{
           {"hidden_size", 24},
           {"num_layers", 1},
           {"num_attention_heads", 6},
           {"num_key_value_heads", 2},
           {"ffn_hidden_size", 40},
           {"max_position_embeddings", 64}}) {
    args[key] = value;
  }
  args["rope_theta"] = 5e5;
  args["layernorm_epsilon"] = 1e-5;
  const auto write = [&](const Json& arguments, double version) {
    const fs::path path = folder_ / ("v" + std::to_string(version) + arguments.dump().substr(0, 9));
    UniversalCheckpointWriter writer(path);
    const std::vector<float> embedding(10 * 24);
    writer.write({.name = "1.word_embeddings.weight", .shape = {10, 24}}, UniversalState::kWeights,
                 embedding);
    Json states = Json::object();
    states["args"] = arguments;
    states["checkpoint_version"] = version;
    states["iteration"] = 7;
    writer.commit(states, Json::object());
    return path;
  };
  const ModelConfig config = config_from_universal(UniversalCheckpoint(write(args, 3)));
  EXPECT_EQ(config.vocab_size, 10);
  EXPECT_EQ(config.rope.theta, 5e5);
  EXPECT_TRUE(config.tie_word_embeddings);
  const fs::path old = write(args, 1);
  EXPECT_EQ(error_of([&] { config_from_universal(UniversalCheckpoint(old)); }).code(),
            ErrorCode::kUnsupported);
}

TEST_F(Convert, a_family_without_names_in_megatron_is_refused) {
  Json json = parse_json(
      R"({"architecture": "falcon", "hidden_size": 24, "num_attention_heads": 6,
          "num_hidden_layers": 1, "vocab_size": 288})",
      "falcon");
  const ModelConfig config = config_from_json(json);
  const Parameters weights = make_initial(ctx_, config, 1, DType::kF32);
  EXPECT_EQ(error_of([&] {
              save_universal(folder_ / "x", config, {values_of(ctx_, weights), {}, {}}, 0);
            }).code(),
            ErrorCode::kUnsupported);
  EXPECT_FALSE(fs::exists(folder_ / "x"));
}

TEST_F(Convert, shards_hold_the_same_model) {
  const Decoder model = testing_model::small_model(ctx_);
  SaveOptions options = f32();
  options.max_shard_bytes = 20000;
  save_directory(model, options);
  EXPECT_TRUE(fs::exists(folder_ / "model.safetensors.index.json"));
  EXPECT_FALSE(fs::exists(folder_ / "model.safetensors"));
  const Verification result = verify(model, folder_.path());
  EXPECT_EQ(result.different, 0);
  EXPECT_EQ(result.largest_logit_difference, 0);
}

TEST_F(Convert, all_ids_that_end_an_answer_survive_gguf) {
  const Decoder model = testing_model::small_model(ctx_);
  SaveOptions options = f32();
  options.eos = {1, 7, 9};
  testing_model::save_plain_gguf(folder_ / "m.gguf", model.config(),
                                 values_of(ctx_, model.weights()), &tokenizer_, options);
  EXPECT_EQ(load_model(ctx_, folder_ / "m.gguf").stop_ids, options.eos);
  save_directory(model, options);
  EXPECT_EQ(load_model(ctx_, folder_.path()).stop_ids, options.eos);
}

TEST_F(Convert, what_was_written_otherwise_is_found_by_name) {
  const Decoder model = testing_model::small_model(ctx_);
  save_directory(changed(model, 0.5f), f32());
  const Verification result = verify(model, folder_.path());
  EXPECT_EQ(result.different, 2);  // one of each layer
  EXPECT_EQ(result.first_different, "model.layers.0.mlp.down_proj.weight");
  EXPECT_FALSE(result.passed(DType::kF32));
  EXPECT_GT(result.divergence, 0);
}

TEST_F(Convert, rounding_is_judged_by_the_divergence) {
  const Decoder model = testing_model::small_model(ctx_);
  SaveOptions options = f32();
  options.dtype = DType::kF16;
  save_directory(model, options);
  const Verification result = verify(model, folder_.path(), false);
  EXPECT_GT(result.different, 0);
  EXPECT_GT(result.divergence, 0);
  EXPECT_LT(result.divergence, 1e-3);
  EXPECT_TRUE(result.passed(DType::kF16));
  EXPECT_FALSE(verify(changed(model, 50.0f), folder_.path(), false).passed(DType::kF16));
}

TEST_F(Convert, values_that_are_no_numbers_are_warned_of) {
  save_directory(changed(testing_model::small_model(ctx_), NAN), f32());
  Warnings warnings;
  load_model(ctx_, folder_.path());
  EXPECT_NE(warnings.text.find("NaN"), std::string::npos);
  EXPECT_NE(warnings.text.find("down_proj"), std::string::npos);
}

// Wherever a value differs, in rows that turn and in those that do not, it is seen; and so is a
// NaN.
TEST_F(Convert, verification_finds_one_value_in_any_tensor) {
  const Decoder model = testing_model::small_model(ctx_);
  const fs::path gguf = folder_ / "m.gguf";
  testing_model::save_plain_gguf(gguf, model.config(), values_of(ctx_, model.weights()),
                                 &tokenizer_, f32());
  EXPECT_EQ(verify(model, gguf).different, 0);
  const Parameters& weights = model.weights();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    Parameters one(weights.specs());
    for (std::size_t k = 0; k < weights.size(); ++k) one.set(k, weights[k]);
    std::vector<float> values = ctx_.download(weights[i]);
    values.back() = NAN;
    one.set(i, ctx_.upload(DType::kF32, weights[i].shape(), values));
    const Verification found = verify(Decoder(ctx_, model.config(), one), gguf);
    EXPECT_EQ(found.different, 1) << weights.specs()[i].name;
    EXPECT_EQ(found.first_different, weights.specs()[i].name);
    EXPECT_EQ(found.with_nan, 1);
    EXPECT_FALSE(found.passed(DType::kF32));
  }
}

TEST(HostBytes, finds_a_nan_wherever_it_stands_and_no_infinity) {
  for (const DType type : {DType::kF32, DType::kBF16, DType::kF16}) {
    for (const std::int64_t at : {0, 1, 4095, 4096, 8191, 8200}) {
      std::vector<float> values(8201, -INFINITY);
      std::vector<std::byte> row(row_bytes(type, 8201));
      encode_row(type, values.data(), row.data(), 8201);
      EXPECT_FALSE(holds_nan(type, row));
      values[static_cast<std::size_t>(at)] = at % 2 == 0 ? NAN : -NAN;
      encode_row(type, values.data(), row.data(), 8201);
      EXPECT_TRUE(holds_nan(type, row)) << at;
    }
  }
  EXPECT_FALSE(holds_nan(DType::kF32, {}));
}

// A GGUF of llama.cpp's: its keys alone, the frequencies' divisors as a tensor.
class ForeignGguf : public Convert {
 protected:
  ModelConfig config_of(const ModelConfig& written, const std::vector<float>& factors) {
    GgufMetadata metadata{{"general.architecture", GgufValue::string("llama")}};
    for (auto& [key, value] : gguf_metadata(written)) {
      if (key != "lucie.config.json") metadata.emplace_back(key, value);
    }
    std::vector<StoredTensor> tensors{
        {.name = "token_embd.weight", .dtype = DType::kF32, .shape = {4, 2}}};
    if (!factors.empty()) {
      tensors.push_back({.name = "rope_freqs.weight",
                         .dtype = DType::kF32,
                         .shape = {static_cast<std::int64_t>(factors.size())}});
    }
    const fs::path path = folder_ / "foreign.gguf";
    GgufWriter writer(path, metadata, tensors);
    const std::vector<float> embedding(8);
    writer.write("token_embd.weight", std::as_bytes(std::span(embedding)));
    if (!factors.empty()) writer.write("rope_freqs.weight", std::as_bytes(std::span(factors)));
    writer.commit();
    return read_config(path);
  }
};

TEST_F(ForeignGguf, llama_3s_rotation_is_known_by_its_divisors) {
  ModelConfig config = small_config();
  config.rope.type = RopeType::kLlama3;
  config.rope.theta = 500000;
  config.rope.factor = 32;
  config.rope.original_max_position_embeddings = 8192;
  const ModelConfig read = config_of(config, gguf_rope_factors(config));
  EXPECT_EQ(read.rope.type, RopeType::kLlama3);
  EXPECT_EQ(read.rope.factor, 32);
  EXPECT_TRUE(read.rope.factors.empty());
}

TEST_F(ForeignGguf, other_divisors_are_taken_as_they_are) {
  const ModelConfig read = config_of(small_config(), {1.0f, 3.5f});
  EXPECT_EQ(read.rope.type, RopeType::kFactors);
  EXPECT_EQ(read.rope.factors, (std::vector<float>{1.0f, 3.5f}));
  EXPECT_EQ(error_of([&] { config_to_json(read); }).code(), ErrorCode::kUnsupported);
  EXPECT_EQ(error_of([&] { config_of(small_config(), {1.0f, 0.0f}); }).code(), ErrorCode::kCorrupt);
  EXPECT_EQ(error_of([&] { config_of(small_config(), {1.0f}); }).code(), ErrorCode::kCorrupt);
}

TEST_F(ForeignGguf, a_sliding_window_stands_in_the_metadata) {
  ModelConfig config = small_config();
  EXPECT_EQ(config_of(config, {}).sliding_window, 0);
  config.sliding_window = 5;
  EXPECT_EQ(config_of(config, {}).sliding_window, 5);
}

TEST_F(ForeignGguf, linear_and_yarn_scaling_stand_in_the_metadata) {
  ModelConfig config = small_config();
  config.rope.type = RopeType::kLinear;
  config.rope.factor = 4;
  EXPECT_EQ(config_of(config, {}).rope.factor, 4);
  config.rope.type = RopeType::kYarn;
  config.rope.original_max_position_embeddings = 24;
  const ModelConfig read = config_of(config, {});
  EXPECT_EQ(read.rope.type, RopeType::kYarn);
  EXPECT_EQ(read.rope.original_max_position_embeddings, 24);
}

}  // namespace
}  // namespace lucie
