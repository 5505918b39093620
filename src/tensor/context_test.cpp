#include "tensor/context.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"
#include "tensor/buffer.h"
#include "tensor/ops.h"

namespace lucie {
namespace {

class ContextTest : public testing::Test {
 protected:
  ThreadPool pool_{1};
  Context ctx_{make_ref_device(), pool_};
};

TEST(MakeDevice, knows_its_names_and_the_environment) {
  unsetenv("LUCIE_DEVICE");
  EXPECT_EQ(make_device("ref")->name(), "ref");
  setenv("LUCIE_DEVICE", "fake", 1);
  EXPECT_EQ(make_device()->name(), "fake");
  EXPECT_EQ(make_device("ref")->name(), "ref");  // asked for by name: no override
  setenv("LUCIE_DEVICE", "gpu", 1);
  try {
    make_device();
    FAIL() << "an unknown device was made";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error.place(), "LUCIE_DEVICE");
  }
  unsetenv("LUCIE_DEVICE");
}

TEST_F(ContextTest, uploads_convert_and_downloads_convert_back) {
  std::vector<float> values;
  for (int i = 0; i < 64; ++i) values.push_back(static_cast<float>(i - 32) * 0.25f);
  for (const DType type : {DType::kF32, DType::kBF16, DType::kF16}) {
    EXPECT_EQ(ctx_.download(ctx_.upload(type, {2, 32}, values)), values);
  }
  const std::vector<float> rough = ctx_.download(ctx_.upload(DType::kQ8_0, {2, 32}, values));
  for (std::size_t i = 0; i < 64; ++i) EXPECT_NEAR(rough[i], values[i], 0.04f);
  const std::vector<std::int32_t> ids = {3, -1, 70000};
  EXPECT_EQ(ctx_.download(ctx_.upload({3}, ids)), (std::vector<float>{3.0f, -1.0f, 70000.0f}));
  EXPECT_EQ(ctx_.scalar(ctx_.upload({1}, std::vector<std::int32_t>{9})), 9.0f);
}

TEST_F(ContextTest, zeros_are_zeros_of_every_type) {
  for (const DType type :
       {DType::kF32, DType::kBF16, DType::kF16, DType::kI32, DType::kQ4_0, DType::kQ4_1,
        DType::kQ5_0, DType::kQ5_1, DType::kQ8_0, DType::kIQ4_NL, DType::kQ6_K}) {
    EXPECT_EQ(ctx_.download(ctx_.zeros(type, {3, 256})), std::vector<float>(768, 0.0f));
  }
}

TEST_F(ContextTest, adopts_aligned_bytes_in_place_and_copies_others) {
  auto owner = std::make_shared<std::vector<float>>(std::vector<float>{1, 2, 3, 4});
  const auto bytes = std::as_bytes(std::span(*owner));
  const Tensor x = ctx_.adopt(DType::kF32, {4}, bytes, owner);
  EXPECT_EQ(data<float>(x), owner->data());
  const Tensor y = ctx_.adopt(DType::kF32, {3}, bytes.subspan(1, 12), owner);
  EXPECT_EQ(ctx_.download(y).size(), 3u);
  EXPECT_NE(static_cast<const void*>(data<float>(y)), bytes.data() + 1);
  std::weak_ptr<std::vector<float>> watch = owner;
  owner.reset();
  EXPECT_EQ(ctx_.download(x), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_FALSE(watch.expired());
  EXPECT_THROW(ctx_.adopt(DType::kF32, {5}, bytes, nullptr), Error);
}

TEST_F(ContextTest, scratch_grows_and_is_reused) {
  const Tensor small = ctx_.scratch(DType::kF32, {4});
  EXPECT_EQ(ctx_.scratch(DType::kBF16, {8}).buffer(), small.buffer());
  EXPECT_GE(ctx_.scratch(DType::kF32, {100}).buffer()->bytes(), 400u);
}

TEST_F(ContextTest, arena_of_the_measured_size_holds_the_same_step) {
  const auto step = [](Arena& arena) {
    const std::size_t start = arena.mark();
    const Tensor a = arena.take(DType::kF32, {3, 7});
    const std::size_t mark = arena.mark();
    arena.take(DType::kBF16, {100});
    arena.release(mark);
    const Tensor b = arena.take(DType::kF32, {30});
    arena.release(start);
    return std::pair(a, b);
  };
  Arena measuring(ctx_);
  step(measuring);
  EXPECT_EQ(measuring.peak_bytes(), 128u + 256u);
  Arena arena(ctx_, measuring.peak_bytes());
  const auto [a, b] = step(arena);
  const auto [c, d] = step(arena);
  EXPECT_EQ(a.offset_bytes(), c.offset_bytes());
  EXPECT_EQ(b.offset_bytes(), 128u);
  EXPECT_EQ(d.buffer(), a.buffer());
  arena.take(DType::kF32, {96});
  try {
    arena.take(DType::kF32, {1});
    FAIL() << "the arena grew";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kOutOfMemory);
  }
}

}  // namespace
}  // namespace lucie
