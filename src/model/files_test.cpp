// Models written and read again: Hugging Face directories and GGUF.
#include <gtest/gtest.h>

#include "base/error.h"
#include "formats/safetensors.h"
#include "model/load.h"
#include "model/locate.h"
#include "model/save.h"
#include "model/test_model.h"
#include "tensor/ops.h"

namespace lucie {
namespace {

using testing_model::error_of;
using testing_model::Folder;
using testing_model::small_config;

class ModelFiles : public ::testing::Test {
 protected:
  ThreadPool pool_{1};
  Context ctx_{make_device("ref"), pool_};
  Tokenizer tokenizer_ = testing_model::small_tokenizer();
  Folder folder_;

  std::vector<float> logits(const Decoder& model) {
    const std::vector<std::int32_t> ids{0, 5, 260, 17, 3, 99, 5};
    const Batch batch = make_batch(ctx_, ids, {}, 1);
    Activations activations(ctx_, model.config(), batch.rows(), DType::kF32,
                            Activations::Keep::kOneLayer);
    model.forward(ctx_, batch, activations);
    const std::vector<std::int32_t> all{0, 1, 2, 3, 4, 5, 6};
    return ctx_.download(model.logits(ctx_, activations, batch.rows(), ctx_.upload({7}, all)));
  }
  static SaveOptions f32() {
    SaveOptions options;
    options.dtype = DType::kF32;
    options.name = "small";
    options.licence = "Apache-2.0";
    options.bos = 0;
    options.eos = {1};
    return options;
  }
  fs::path saved_directory(const Decoder& model) {
    save_hf(folder_.path(), model.config(), values_of(ctx_, model.weights()), &tokenizer_, f32());
    return folder_.path();
  }
  // The model's safetensors with its list of tensors changed.
  template <typename Change>
  void rewrite(Change change) {
    const fs::path path = folder_ / "model.safetensors";
    std::vector<StoredTensor> tensors;
    std::vector<std::vector<std::byte>> contents;
    {
      const SafetensorsReader reader(path);
      for (const StoredTensor& tensor : reader.tensors()) {
        tensors.push_back(tensor);
        const auto bytes = reader.data(tensor);
        contents.emplace_back(bytes.begin(), bytes.end());
      }
    }
    change(tensors, contents);
    SafetensorsWriter writer(path, tensors, {{"format", "pt"}});
    for (std::size_t i = 0; i < tensors.size(); ++i) writer.write(tensors[i].name, contents[i]);
    writer.commit();
  }
  Error load_error() {
    return error_of([&] { load_model(ctx_, folder_.path()); });
  }
};

TEST_F(ModelFiles, a_directory_gives_the_same_logits) {
  for (const bool tied : {false, true}) {
    const Decoder model = testing_model::small_model(ctx_, small_config(tied));
    const LoadedModel loaded = load_model(ctx_, saved_directory(model));
    EXPECT_EQ(logits(*loaded.decoder), logits(model));
    EXPECT_EQ(loaded.parameters, parameter_count(model.config()));
    EXPECT_EQ(loaded.decoder->weights().at(Slot::kHead).defined(), !tied);
    EXPECT_EQ(loaded.stop_ids, std::vector<TokenId>{1});
    EXPECT_EQ(loaded.tokenizer->encode("the stop"), tokenizer_.encode("the stop"));
  }
}

TEST_F(ModelFiles, a_gguf_gives_the_same_logits_through_interleaved_rows) {
  for (const bool tied : {false, true}) {
    const Decoder model = testing_model::small_model(ctx_, small_config(tied));
    const fs::path path = folder_ / (tied ? "tied.gguf" : "untied.gguf");
    testing_model::save_plain_gguf(path, model.config(), values_of(ctx_, model.weights()),
                                   &tokenizer_, f32());
    const LoadedModel loaded = load_model(ctx_, path);
    EXPECT_EQ(loaded.decoder->config().rope.style, RopeStyle::kInterleaved);
    EXPECT_EQ(loaded.decoder->config().tie_word_embeddings, tied);
    const std::vector<float> expected = logits(model), actual = logits(*loaded.decoder);
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) ASSERT_NEAR(actual[i], expected[i], 1e-5);
    EXPECT_NE(ctx_.download(loaded.decoder->weights().at(Slot::kQuery, 0)),
              ctx_.download(model.weights().at(Slot::kQuery, 0)));
    EXPECT_EQ(ctx_.download(loaded.decoder->weights().at(Slot::kValue, 1)),
              ctx_.download(model.weights().at(Slot::kValue, 1)));
    EXPECT_EQ(loaded.name, "small");
    EXPECT_EQ(loaded.stop_ids, std::vector<TokenId>{1});
    EXPECT_EQ(loaded.tokenizer->encode("the stop"), tokenizer_.encode("the stop"));
  }
}

TEST_F(ModelFiles, only_the_config_can_be_read) {
  const Decoder model = testing_model::small_model(ctx_);
  testing_model::save_plain_gguf(folder_ / "m.gguf", model.config(),
                                 values_of(ctx_, model.weights()), &tokenizer_, f32());
  const ModelConfig from_gguf = read_config(folder_ / "m.gguf");
  EXPECT_EQ(config_to_json(from_gguf).dump(), config_to_json(model.config()).dump());
  EXPECT_EQ(config_to_json(read_config(saved_directory(model))).dump(),
            config_to_json(model.config()).dump());
}

TEST_F(ModelFiles, a_missing_tensor_is_named) {
  saved_directory(testing_model::small_model(ctx_));
  std::string missing;
  rewrite([&](auto& tensors, auto& contents) {
    missing = tensors.back().name;
    tensors.pop_back();
    contents.pop_back();
  });
  const Error error = load_error();
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_NE(error.message().find(missing), std::string::npos);
  EXPECT_EQ(error.place(), folder_.path().string());
}

TEST_F(ModelFiles, a_tensor_too_many_is_named_unless_it_is_known_to_be_spare) {
  const auto with_extra = [&](const std::string& name) {
    saved_directory(testing_model::small_model(ctx_));
    rewrite([&](auto& tensors, auto& contents) {
      tensors.push_back({.name = name, .dtype = DType::kF32, .shape = {2}});
      contents.emplace_back(8);
    });
  };
  with_extra("model.layers.0.self_attn.q_proj.bias");
  const Error error = load_error();
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_NE(error.message().find("q_proj.bias"), std::string::npos);
  with_extra("model.layers.0.self_attn.rotary_emb.inv_freq");
  EXPECT_NO_THROW(load_model(ctx_, folder_.path()));
}

TEST_F(ModelFiles, a_tensor_of_another_shape_is_named) {
  saved_directory(testing_model::small_model(ctx_));
  std::string name;
  rewrite([&](auto& tensors, auto&) {
    for (StoredTensor& tensor : tensors) {
      if (!tensor.name.ends_with("gate_proj.weight")) continue;
      tensor.shape = {tensor.shape[1], tensor.shape[0]};
      name = tensor.name;
      break;
    }
  });
  const Error error = load_error();
  EXPECT_EQ(error.code(), ErrorCode::kMismatch);
  EXPECT_NE(error.message().find(name), std::string::npos);
}

TEST_F(ModelFiles, a_tokenizer_larger_than_the_vocabulary_is_refused) {
  ModelConfig config = small_config();
  config.vocab_size = 100;
  saved_directory(testing_model::small_model(ctx_, config));
  EXPECT_EQ(load_error().code(), ErrorCode::kMismatch);
  EXPECT_NO_THROW(load_model(ctx_, folder_.path(), TokenizerNeed::kNone));
}

// As the hub's cache holds them: names that are links to files named by their hash.
TEST_F(ModelFiles, links_to_blobs_are_the_files) {
  const Decoder model = testing_model::small_model(ctx_);
  saved_directory(model);
  testing_model::save_plain_gguf(folder_ / "m.gguf", model.config(),
                                 values_of(ctx_, model.weights()), &tokenizer_, f32());
  fs::create_directories(folder_ / "blobs");
  fs::create_directories(folder_ / "snapshots" / "main");
  std::size_t number = 0;
  for (const char* name : {"config.json", "generation_config.json", "tokenizer.json",
                           "tokenizer_config.json", "model.safetensors", "m.gguf"}) {
    const std::string blob = "b10b" + std::to_string(number++);
    fs::rename(folder_ / name, folder_ / "blobs" / blob);
    fs::create_symlink(fs::path("../../blobs") / blob, folder_ / "snapshots" / "main" / name);
  }
  const fs::path snapshot = folder_ / "snapshots" / "main";
  EXPECT_EQ(logits(*load_model(ctx_, snapshot).decoder), logits(model));
  EXPECT_EQ(load_model(ctx_, snapshot / "m.gguf").decoder->config().rope.style,
            RopeStyle::kInterleaved);
  EXPECT_EQ(locate_model((snapshot / "m.gguf").string()), snapshot / "m.gguf");
  EXPECT_EQ(locate_model(snapshot.string()), snapshot);
  fs::remove(folder_ / "blobs" / "b10b4");
  const Error gone = error_of([&] { load_model(ctx_, snapshot); });
  EXPECT_EQ(gone.code(), ErrorCode::kNotFound);
  EXPECT_NE(std::string(gone.what()).find(snapshot.string()), std::string::npos);
}

TEST_F(ModelFiles, what_is_not_there_is_not_found) {
  EXPECT_EQ(error_of([&] { load_model(ctx_, folder_ / "none"); }).code(), ErrorCode::kNotFound);
  EXPECT_EQ(error_of([&] { load_model(ctx_, folder_ / "none.gguf"); }).code(),
            ErrorCode::kNotFound);
}

TEST_F(ModelFiles, a_directory_cannot_hold_quantized_tensors) {
  const Decoder model = testing_model::small_model(ctx_);
  SaveOptions options = f32();
  options.dtype = DType::kQ8_0;
  EXPECT_EQ(error_of([&] {
              save_hf(folder_.path(), model.config(), values_of(ctx_, model.weights()), &tokenizer_,
                      options);
            }).code(),
            ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace lucie
