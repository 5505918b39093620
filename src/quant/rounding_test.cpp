#include "quant/rounding.h"

#include <gtest/gtest.h>

#include "model/file_tensors.h"
#include "model/test_model.h"

namespace lucie {
namespace {

class Rounding : public testing::Test {
 protected:
  Rounding() {
    config_.hidden_size = 64;
    config_.num_attention_heads = 16;
  }
  std::size_t file(const std::string& name) {
    const auto files = file_tensors(family("llama").tensors(config_), &TensorSpec::gguf);
    std::size_t i = 0;
    while (files.at(i).name != name) ++i;
    return i;
  }
  std::vector<TensorRounding> measured(ThreadPool& pool,
                                       std::span<const std::vector<float>> importance = {}) {
    return measure_rounding(config_, random_values(pool, config_, 11), importance);
  }
  static double error_of(const TensorRounding& rounding, DType type) {
    for (std::size_t t = 0; t < rounding.types.size(); ++t) {
      if (rounding.types[t] == type) return rounding.errors[t];
    }
    return -1;
  }

  ModelConfig config_ = testing_model::small_config();
  ThreadPool pool_{2};
};

TEST_F(Rounding, is_what_the_codec_loses) {
  const TensorRounding found = measured(pool_)[file("blk.1.attn_q.weight")];
  const std::vector<TensorSpec> table = family("llama").tensors(config_);
  const Parameters shape(table);
  const std::vector<float> values = initial_values(table[shape.position(Slot::kQuery, 1)], 11);
  for (const DType type : {DType::kQ8_0, DType::kQ5_1, DType::kQ4_0, DType::kIQ4_NL}) {
    std::vector<std::byte> bytes(row_bytes(type, std::ssize(values)));
    std::vector<float> rounded(values.size());
    encode_row(type, values.data(), bytes.data(), std::ssize(values));
    decode_row(type, bytes.data(), rounded.data(), std::ssize(values));
    double lost = 0, all = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double x = values[i];
      lost += (rounded[i] - x) * (rounded[i] - x);
      all += x * x;
    }
    EXPECT_NEAR(error_of(found, type), lost / all, 1e-9) << dtype_info(type).name;
  }
  EXPECT_EQ(error_of(found, DType::kF32), 0.0);
  EXPECT_LT(error_of(found, DType::kQ8_0), error_of(found, DType::kQ5_1));
}

TEST_F(Rounding, offers_what_rows_fit) {
  const std::vector<TensorRounding> found = measured(pool_);
  EXPECT_EQ(found[file("blk.0.attn_norm.weight")].types, std::vector{DType::kF32});
  const TensorRounding& down = found[file("blk.0.ffn_down.weight")];  // rows of 40
  EXPECT_EQ(down.types, (std::vector{DType::kF32, DType::kBF16, DType::kF16}));
  EXPECT_LT(error_of(found[file("blk.0.ffn_up.weight")], DType::kQ4_K), 0) << "rows of 64";
}

TEST_F(Rounding, counts_columns_by_importance) {
  std::vector<std::vector<float>> importance(measured(pool_).size());
  const std::size_t up = file("blk.0.ffn_up.weight");
  importance[up].assign(64, 0.0f);
  importance[up][9] = 2.0f;
  const TensorRounding found = measured(pool_, importance)[up];
  const std::vector<TensorSpec> table = family("llama").tensors(config_);
  const std::vector<float> values =
      initial_values(table[Parameters(table).position(Slot::kUp, 0)], 11);
  double lost = 0, all = 0;
  for (std::size_t row = 0; row < values.size(); row += 64) {
    std::byte bytes[36];
    float rounded[64];
    encode_row(DType::kQ4_0, values.data() + row, bytes, 64, importance[up].data());
    decode_row(DType::kQ4_0, bytes, rounded, 64);
    const double x = values[row + 9];
    lost += (rounded[9] - x) * (rounded[9] - x);
    all += x * x;
  }
  EXPECT_NEAR(error_of(found, DType::kQ4_0), lost / all, 1e-9);
}

TEST_F(Rounding, is_the_same_for_any_threads) {
  ThreadPool one(1);
  const std::vector<TensorRounding> a = measured(pool_), b = measured(one);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].errors, b[i].errors) << i;
}

}  // namespace
}  // namespace lucie
