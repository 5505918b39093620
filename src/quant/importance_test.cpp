#include "quant/importance.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "formats/gguf.h"
#include "model/load.h"
#include "model/test_model.h"

namespace lucie {
namespace {

using testing_base::error_of;
using testing_base::Folder;
using testing_model::small_config;
using testing_model::small_model;

class Importance : public testing::Test {
 protected:
  ThreadPool pool_{2};
  Context ctx_{make_cpu_device(), pool_};
  Folder folder_;
};

ImportanceMatrix small_matrix() {
  ImportanceMatrix matrix;
  matrix.entries["blk.0.attn_q.weight"] = {{6.0f, 0.0f, 1.5f}, 3.0f};
  matrix.entries["blk.1.ffn_down.weight"] = {{4.0f, 8.0f}, 3.0f};
  matrix.texts = {"text.txt"};
  matrix.chunks = 2;
  matrix.chunk_size = 512;
  return matrix;
}

TEST_F(Importance, comes_back_from_both_forms) {
  const ImportanceMatrix matrix = small_matrix();
  for (const char* name : {"m.gguf", "m.dat"}) {
    const fs::path path = folder_.path() / name;
    write_importance(path, matrix);
    const ImportanceMatrix back = read_importance(path);
    ASSERT_EQ(back.entries.size(), 2u) << name;
    EXPECT_EQ(back.entries.at("blk.0.attn_q.weight").means(),
              (std::vector<float>{2.0f, 0.0f, 0.5f}))
        << name;
    EXPECT_EQ(back.texts, matrix.texts) << name;
    EXPECT_EQ(back.chunks, 2) << name;
  }
}

// By hand, as llama.cpp's older tools wrote it.
TEST_F(Importance, reads_the_older_form_without_its_end) {
  const fs::path path = folder_.path() / "old.dat";
  std::string bytes("\1\0\0\0\1\0\0\0w\2\0\0\0\2\0\0\0", 17);
  for (const float value : {4.0f, 1.0f}) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  write_file_atomic(path, bytes);
  EXPECT_EQ(read_importance(path).entries.at("w").means(), (std::vector<float>{2.0f, 0.5f}));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    write_file_atomic(path, bytes.substr(0, size));
    EXPECT_EQ(error_of([&] { read_importance(path); }).code(), ErrorCode::kCorrupt) << size;
  }
  bytes[9] = '\xff';  // calls
  bytes[12] = '\xff';
  write_file_atomic(path, bytes);
  EXPECT_EQ(error_of([&] { read_importance(path); }).code(), ErrorCode::kCorrupt);
}

TEST_F(Importance, refuses_values_that_are_no_importance) {
  for (const float wrong : {-1.0f, std::nanf(""), INFINITY}) {
    ImportanceMatrix matrix = small_matrix();
    matrix.entries["blk.0.attn_q.weight"].sums[1] = wrong;
    for (const char* name : {"wrong.gguf", "wrong.dat"}) {
      write_importance(folder_.path() / name, matrix);
      const Error error = error_of([&] { read_importance(folder_.path() / name); });
      EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
      EXPECT_NE(error.message().find("blk.0.attn_q.weight"), std::string::npos);
    }
  }
}

TEST_F(Importance, of_another_model_is_refused_with_the_tensor) {
  const ModelConfig config = small_config();
  const FileType& type = file_type("q4_k_m", {});
  ImportanceMatrix matrix = small_matrix();
  EXPECT_EQ(error_of([&] { gguf_types(type, config, &matrix); }).place(), "blk.0.attn_q.weight");
  matrix.entries["blk.0.attn_q.weight"] = {std::vector<float>(24, 1.0f), 1.0f};
  EXPECT_EQ(error_of([&] { gguf_types(type, config, &matrix); }).place(), "blk.0.attn_k.weight");
  EXPECT_TRUE(gguf_types(type, config, nullptr).importance.empty());
}

// The sums against those of the forward pass's own inputs, taken one projection at a time: a model
// whose first projection is the identity hands on what entered it.
TEST_F(Importance, of_a_calibration_is_the_mean_square_of_the_inputs) {
  const Decoder decoder = small_model(ctx_);
  std::vector<std::int32_t> ids;
  for (std::int32_t i = 0; i < 40; ++i) ids.push_back(3 + 7 * i % 200);
  const ImportanceMatrix matrix = calibrate(ctx_, decoder, ids, 16, 0);
  EXPECT_EQ(matrix.chunks, 2);
  EXPECT_EQ(matrix.entries.size(), 2u * 7u);

  std::map<std::string, std::vector<double>> squares;
  for (int chunk = 0; chunk < 2; ++chunk) {
    std::vector<std::int32_t> tokens(ids.begin() + 16 * chunk, ids.begin() + 16 * (chunk + 1));
    tokens[0] = 0;
    Activations activations(ctx_, decoder.config(), 16, DType::kF32, Activations::Keep::kAllLayers);
    decoder.forward(ctx_, make_batch(ctx_, tokens, {}, 1), activations,
                    [&](const std::string& name, const Tensor& value) {
                      const std::vector<float> x = ctx_.download(value);
                      std::vector<double>& sums = squares[name];
                      sums.resize(x.size() / 16);
                      for (std::size_t i = 0; i < x.size(); ++i) {
                        sums[i % sums.size()] +=
                            static_cast<double>(x[i]) * static_cast<double>(x[i]);
                      }
                    });
  }
  for (const auto& [tap, tensor] : {std::pair("layers.0.attention_norm", "blk.0.attn_q.weight"),
                                    {"layers.1.attention_norm", "blk.1.attn_v.weight"},
                                    {"layers.0.attention", "blk.0.attn_output.weight"},
                                    {"layers.1.mlp_norm", "blk.1.ffn_up.weight"}}) {
    const std::vector<float> means = matrix.entries.at(tensor).means();
    ASSERT_EQ(means.size(), squares.at(tap).size()) << tap;
    for (std::size_t i = 0; i < means.size(); ++i) {
      EXPECT_NEAR(static_cast<double>(means[i]), squares.at(tap)[i] / 32.0, 1e-5) << tensor;
    }
  }
  EXPECT_EQ(matrix.entries.at("blk.0.ffn_down.weight").sums.size(), 40u);
  EXPECT_EQ(error_of([&] { calibrate(ctx_, decoder, std::span(ids).first(15), 16, 0); }).code(),
            ErrorCode::kInvalidArgument);
}

// Blocks of an important column are nearer to it than without.
TEST_F(Importance, is_what_the_file_is_quantized_by) {
  ModelConfig config = small_config();
  config.hidden_size = 64;
  config.head_dim = 8;
  config.rope.dims = 8;
  config.num_attention_heads = 8;
  config.intermediate_size = 64;
  const Decoder decoder = small_model(ctx_, config);
  ImportanceMatrix matrix;
  for (const FileTensor& file : file_tensors(family("llama").tensors(config), &TensorSpec::gguf)) {
    std::vector<float> sums(static_cast<std::size_t>(file.shape.last()), 0.01f);
    sums[5] = 1000.0f;
    matrix.entries[file.name] = {sums, 1.0f};
  }
  const FileType& type = file_type("q4_0", {});
  double errors[2];
  for (const bool weighted : {false, true}) {
    SaveOptions save;
    save.types = gguf_types(type, config, weighted ? &matrix : nullptr);
    const fs::path path = folder_.path() / (weighted ? "weighted.gguf" : "plain.gguf");
    save_gguf(path, config, values_of(ctx_, decoder.weights()), nullptr, save);
    const GgufReader reader(path);
    EXPECT_EQ(reader.integer("general.file_type", -1), 2);
    const StoredTensor& tensor = *reader.find("blk.1.ffn_up.weight");
    ASSERT_EQ(tensor.dtype, DType::kQ4_0);
    std::vector<float> back(64 * 64);
    decode_row(tensor.dtype, reader.data(tensor).data(), back.data(), 64 * 64);
    const std::vector<float> exact = ctx_.download(decoder.weights().at(Slot::kUp, 1));
    double& error = errors[weighted ? 1 : 0] = 0;
    for (std::size_t row = 0; row < 64; ++row) {
      const double off = static_cast<double>(back[64 * row + 5] - exact[64 * row + 5]);
      error += off * off;
    }
  }
  EXPECT_LT(errors[1], 0.2 * errors[0]);
}

}  // namespace
}  // namespace lucie
