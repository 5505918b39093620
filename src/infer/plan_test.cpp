#include "infer/plan.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "model/test_model.h"

namespace lucie {
namespace {

InferencePlan plan(std::int64_t window, const char* cache_type, std::int64_t sequences = 1) {
  ModelConfig config = testing_model::small_config();
  config.head_dim = 32;
  config.max_position_embeddings = 4096;
  EngineSettings settings;
  settings.window = window;
  settings.sequences = sequences;
  settings.cache_type = cache_type;
  return plan_inference(config, 1000, settings);
}

TEST(InferencePlan, a_cache_grows_with_window_type_and_sequences) {
  // 2 layers of keys and values, 2 heads of 32: 256 values a position, in whole pages.
  const std::size_t f16 = plan(1024, "f16").cache;
  EXPECT_GE(f16, 1024U * 256 * 2);
  EXPECT_LT(f16, (1024U + 2 * kCachePage) * 256 * 2);
  EXPECT_EQ(plan(1024, "f32").cache, 2 * f16);
  EXPECT_EQ(plan(1024, "q4_0").cache, f16 * 18 / 64);
  EXPECT_EQ(plan(1024, "f16", 4).cache, 4 * f16);
}

TEST(InferencePlan, a_device_holds_all_but_the_program) {
  const InferencePlan made = plan(512, "f16");
  EXPECT_EQ(made.weights, 1000U);
  EXPECT_EQ(made.device_memory(), made.weights + made.cache + made.work);
  EXPECT_EQ(made.memory(), made.device_memory() + made.program);
  EXPECT_GT(made.program, 10'000'000U);
}

TEST(InferencePlan, work_is_that_of_the_rows_read_at_once) {
  const std::size_t few = plan(64, "f16").work, many = plan(512, "f16").work;
  EXPECT_EQ(plan(4096, "f16").work, many) << "a longer window is read in pieces";
  EXPECT_GT(many, few);
}

TEST(InferencePlan, settings_out_of_range_are_named) {
  EXPECT_EQ(testing_base::error_of([] { plan(5000, "f16"); }).place(), "--ctx-size");
  EXPECT_EQ(testing_base::error_of([] { plan(64, "q5_1"); }).place(), "--cache-type");
}

}  // namespace
}  // namespace lucie
