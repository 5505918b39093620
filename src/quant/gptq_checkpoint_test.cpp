#include "quant/gptq_checkpoint.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/rng.h"
#include "base/test_files.h"
#include "model/load.h"
#include "model/published_weights.h"

namespace lucie {
namespace {

using testing_model::PublishedWeights;

// Matrices of multiples of 32: rows in pairs or halves, and query, key and value fused head by
// head.
ModelConfig config_of(const std::string& name) {
  if (name == "neox") {
    return config_from_json(parse_json(
        R"({"model_type": "gpt_neox", "hidden_size": 64, "num_hidden_layers": 2, "vocab_size": 50,
            "num_attention_heads": 4, "intermediate_size": 96})",
        name));
  }
  ModelConfig config = config_from_json(parse_json(
      R"({"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2, "vocab_size": 50,
          "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 96})",
      name));
  if (name == "llama_pairs") config.rope.style = RopeStyle::kInterleaved;
  return config;
}

GptqMatrix random_matrix(const Shape& shape, const GptqSettings& settings, std::uint64_t seed) {
  Rng rng(seed, "matrix");
  const auto codes = static_cast<std::uint64_t>(1 << settings.bits);
  GptqMatrix matrix;
  matrix.outputs = shape[0];
  matrix.inputs = shape[1];
  matrix.groups = (shape[1] - 1) / settings.group_size + 1;
  for (std::int64_t i = 0; i < shape.numel(); ++i) {
    matrix.codes.push_back(static_cast<std::uint8_t>(rng.below(codes)));
  }
  for (std::int64_t i = 0; i < shape[0] * matrix.groups; ++i) {
    matrix.scales.push_back(float_to_f16(0.01F + rng.uniform()));
    matrix.zeros.push_back(static_cast<std::uint8_t>(rng.below(codes)));
  }
  return matrix;
}

using Case = std::tuple<const char*, int>;  // config, bits

class GptqCheckpointTest : public testing::TestWithParam<Case> {
 protected:
  // The model, and the same with random matrices, written by GPTQ to "packed" and as they are to
  // "plain".
  void write() {
    const ModelConfig config = config_of(std::get<0>(GetParam()));
    Parameters weights =
        load_parameters(ctx_, PublishedWeights(config, 1), config, &TensorSpec::hf, "published");
    for (const char* name : {"packed", "plain"}) fs::create_directory(folder_ / name);
    const GptqSettings settings{.bits = std::get<1>(GetParam()), .group_size = 32};
    const WeightValues values = values_of(ctx_, weights);
    GptqCheckpoint checkpoint(folder_ / "packed", config, values, settings, 20'000);
    for (std::size_t i = weights.size(); i-- > 0;) {  // in any order
      const TensorSpec& spec = weights.specs()[i];
      if (!spec.is_matrix() || spec.layer < 0) continue;
      GptqMatrix matrix = random_matrix(spec.shape, settings, i);
      weights.set(i, ctx_.upload(DType::kF32, spec.shape, matrix.values(settings.group_size)));
      checkpoint.put(i, std::move(matrix));
    }
    checkpoint.commit();
    SaveOptions options;
    options.dtype = DType::kF32;
    Json json = config_to_json(config);
    json["quantization_config"] = quantization_config(settings);
    save_hf_description(folder_ / "packed", json, nullptr, options);
    save_hf(folder_ / "plain", config, values_of(ctx_, weights), nullptr, options);
  }
  Parameters read(const char* name) {
    return load_model(ctx_, folder_ / name, TokenizerNeed::kNone).decoder->weights();
  }

  ThreadPool pool_{2};
  Context ctx_{make_device("cpu"), pool_};
  testing_base::Folder folder_;
};

TEST_P(GptqCheckpointTest, is_read_as_the_same_model) {
  write();
  const Parameters packed = read("packed"), plain = read("plain");
  ASSERT_EQ(packed.size(), plain.size());
  for (std::size_t i = 0; i < packed.size(); ++i) {
    const TensorSpec& spec = packed.specs()[i];
    std::vector<float> wanted = ctx_.download(plain[i]);
    // What is not rounded is f16, and so are 8 bits with zeros, which fit no block type.
    const bool rounded = spec.is_matrix() && spec.layer >= 0;
    if (!rounded || packed[i].dtype() == DType::kF16) {
      for (float& value : wanted) value = f16_to_float(float_to_f16(value));
    }
    EXPECT_EQ(ctx_.download(packed[i]), wanted) << spec.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, GptqCheckpointTest,
                         testing::Combine(testing::Values("llama", "llama_pairs", "neox"),
                                          testing::Values(2, 3, 4, 8)),
                         [](const auto& test) {
                           return std::string(std::get<0>(test.param)) +
                                  std::to_string(std::get<1>(test.param));
                         });

TEST(GptqCheckpoint, matrices_that_words_do_not_fit_are_named) {
  ThreadPool pool(1);
  Context ctx(make_device("cpu"), pool);
  ModelConfig config = config_of("llama");
  config.intermediate_size = 80;
  const testing_base::Folder folder;
  const Parameters weights =
      load_parameters(ctx, PublishedWeights(config, 1), config, &TensorSpec::hf, "published");
  const WeightValues values = values_of(ctx, weights);
  const Error error =
      testing_base::error_of([&] { GptqCheckpoint(folder.path(), config, values, {}, 1'000'000); });
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_NE(std::string(error.what()).find("mlp."), std::string::npos) << error.what();
}

}  // namespace
}  // namespace lucie
