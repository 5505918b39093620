#include "tensor/tensor.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tensor/host_memory.h"

namespace lucie {
namespace {

Tensor make(DType dtype, Shape shape, std::size_t bytes) {
  return Tensor(allocate_host(bytes), 0, dtype, shape);
}

TEST(Shape, counts_elements_and_rows) {
  const Shape shape{2, 3, 5};
  EXPECT_EQ(shape.rank(), 3);
  EXPECT_EQ(shape.numel(), 30);
  EXPECT_EQ(shape.last(), 5);
  EXPECT_EQ(shape.rows(), 6);
  EXPECT_EQ(shape.str(), "[2, 3, 5]");
  EXPECT_EQ(Shape().numel(), 1);
  EXPECT_EQ((Shape{4, 0}).rows(), 0);
}

TEST(Shape, refuses_negative_and_overflowing_dimensions) {
  EXPECT_THROW((Shape{2, -1}), Error);
  EXPECT_THROW((Shape{std::int64_t{1} << 40, std::int64_t{1} << 40}), Error);
  EXPECT_THROW(make(DType::kF32, {std::int64_t{1} << 62}, 0), Error);
}

TEST(Tensor, slices_whole_leading_rows) {
  const Tensor x = make(DType::kQ8_0, {4, 3, 64}, 4 * 3 * 68);
  const Tensor slice = x.rows(1, 2);
  EXPECT_EQ(slice.shape(), (Shape{2, 3, 64}));
  EXPECT_EQ(slice.offset_bytes(), 3u * 68u);
  EXPECT_EQ(slice.bytes(), 2u * 3u * 68u);
  EXPECT_EQ(slice.rows(1, 1).offset_bytes(), 6u * 68u);
  EXPECT_EQ(slice.buffer(), x.buffer());
  const Tensor vector = make(DType::kF32, {9}, 36).rows(4, 5);
  EXPECT_EQ(vector.offset_bytes(), 16u);
  EXPECT_EQ(vector.shape(), (Shape{5}));
}

TEST(Tensor, reshapes_to_the_same_number_of_elements) {
  const Tensor x = make(DType::kF32, {4, 6}, 96);
  EXPECT_EQ(x.reshape({2, 2, 6}).shape(), (Shape{2, 2, 6}));
  EXPECT_EQ(x.rows(1, 3).reshape({18}).offset_bytes(), 24u);
  EXPECT_FALSE(Tensor().defined());
}

TEST(TensorDeathTest, never_reaches_beyond_its_buffer) {
  const Tensor x = make(DType::kF32, {4, 6}, 96);
  EXPECT_DEATH(x.rows(3, 2), "");
  EXPECT_DEATH(x.reshape({25}), "");
  EXPECT_DEATH(make(DType::kF32, {25}, 96), "");
}

}  // namespace
}  // namespace lucie
