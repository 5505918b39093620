// Writing in pieces on several threads: the bytes of whole tensors, whatever is cut where.
#include <gtest/gtest.h>

#include <atomic>

#include "base/cancel.h"
#include "base/error.h"
#include "formats/gguf.h"
#include "model/load.h"
#include "model/save.h"
#include "model/test_model.h"
#include "tensor/ops.h"

namespace lucie {
namespace {

using testing_model::Folder;

// The embedding is cut into three pieces, the last of them short.
ModelConfig wide_config() {
  ModelConfig c = testing_model::small_config();
  c.hidden_size = 192;
  c.vocab_size = 3001;
  return c;
}

std::string gguf(const fs::path& path, const ModelConfig& config, const WeightValues& values,
                 DType type) {
  SaveOptions options;
  options.dtype = type;
  testing_model::save_plain_gguf(path, config, values, nullptr, options);
  return read_file(path);
}

class FileTensorsTest : public testing::Test {
 protected:
  const ModelConfig config_ = wide_config();
  ThreadPool one_{1}, several_{3};
  Context plain_{make_device("ref"), one_}, fast_{make_device("cpu"), several_};
  Folder folder_;
};

TEST_F(FileTensorsTest, are_the_same_for_any_number_of_threads) {
  const Parameters slow = make_initial(plain_, config_, 5, DType::kBF16);
  const Parameters quick = make_initial(fast_, config_, 5, DType::kBF16);
  for (const DType type : {DType::kF32, DType::kBF16, DType::kQ8_0}) {
    EXPECT_TRUE(gguf(folder_ / "one.gguf", config_, values_of(plain_, slow), type) ==
                gguf(folder_ / "several.gguf", config_, values_of(fast_, quick), type))
        << dtype_info(type).name;
  }
}

TEST_F(FileTensorsTest, hold_each_row_encoded_as_it_would_be_alone) {
  const Parameters weights = make_initial(fast_, config_, 5, DType::kF32);
  gguf(folder_ / "m.gguf", config_, values_of(fast_, weights), DType::kQ4_0);
  const GgufReader written(folder_ / "m.gguf");
  const StoredTensor* stored = written.find("token_embd.weight");
  ASSERT_NE(stored, nullptr);
  ASSERT_EQ(stored->dtype, DType::kQ4_0);
  const std::vector<float> values = fast_.download(weights.at(Slot::kEmbedding));
  const std::size_t stride = row_bytes(DType::kQ4_0, config_.hidden_size);
  std::vector<std::byte> row(stride);
  for (std::size_t r = 0; r < static_cast<std::size_t>(config_.vocab_size); ++r) {
    encode_row(DType::kQ4_0, &values[r * 192], row.data(), config_.hidden_size);
    ASSERT_TRUE(std::ranges::equal(row, written.data(*stored).subspan(r * stride, stride))) << r;
  }
}

TEST_F(FileTensorsTest, of_random_weights_are_those_of_a_new_model) {
  const Parameters weights = make_initial(fast_, config_, 7, DType::kF32);
  const std::string made =
      gguf(folder_ / "made.gguf", config_, random_values(several_, config_, 7), DType::kF32);
  EXPECT_TRUE(made == gguf(folder_ / "held.gguf", config_, values_of(fast_, weights), DType::kF32));
  EXPECT_FALSE(made ==
               gguf(folder_ / "other.gguf", config_, random_values(one_, config_, 8), DType::kF32));
}

// Ctrl-C at any moment: the same call again ends with the same bytes, and what was whole is not
// asked for again.
TEST(FileTensors, cancelled_and_called_again_go_on) {
  const ModelConfig config = wide_config();
  const Folder folder;
  ThreadPool pool(1);  // with more, each begins elsewhere
  const WeightValues values = random_values(pool, config, 3);
  const fs::path path = folder.path() / "resumed.gguf";
  const std::string whole = gguf(folder.path() / "whole.gguf", config, values, DType::kQ8_0);
  SaveOptions options;
  options.dtype = DType::kQ8_0;
  options.resume_key = "random 3";
  std::atomic<std::int64_t> asked = 0;
  std::vector<std::int64_t> rows;  // of each attempt
  for (const std::int64_t most : {900, 3900, 1000, 1 << 20}) {
    WeightValues counted = values;
    asked = 0;
    counted.rows = [&](std::size_t i, std::int64_t first, std::int64_t count, std::byte* to) {
      if ((asked += count) > most) request_cancel();
      values.rows(i, first, count, to);
    };
    try {
      testing_model::save_plain_gguf(path, config, counted, nullptr, options);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCancelled);
      EXPECT_NE(error.hint().find("goes on from " + path.string()), std::string::npos);
      EXPECT_FALSE(fs::exists(path));
    }
    clear_cancel();
    rows.push_back(asked);
  }
  EXPECT_EQ(read_file(path), whole);
  EXPECT_FALSE(fs::exists(path.string() + ".partial"));
  constexpr std::int64_t kAll = 2 * 3001 + 1968;  // embedding and head, the layers
  EXPECT_LE(rows.back(), kAll - 3001) << "the embedding was whole";
}

}  // namespace
}  // namespace lucie
