#include "tensor/ref/ref.h"
#include "tensor/ref/rows.h"

namespace lucie::ref {

void rope(Context&, const Tensor& x, const Tensor& positions, const Tensor& table, RopeStyle style,
          bool inverse) {
  const std::int64_t width = x.shape().last();
  const std::int64_t heads = x.dim(1);
  const std::int64_t half = table.shape().last() / 2;
  const bool apart = style == RopeStyle::kHalf;
  Floats head = floats(width);
  Floats angles = floats(2 * half);
  for (std::int64_t row = 0; row < x.shape().rows(); ++row) {
    load_row(table, data<std::int32_t>(positions)[row / heads], angles.data());
    load_row(x, row, head.data());
    for (std::int64_t i = 0; i < half; ++i) {
      const float cosine = angles[static_cast<std::size_t>(i)];
      const float sine = angles[static_cast<std::size_t>(half + i)] * (inverse ? -1.0f : 1.0f);
      float& a = head[static_cast<std::size_t>(apart ? i : 2 * i)];
      float& b = head[static_cast<std::size_t>(apart ? i + half : 2 * i + 1)];
      const float before = a;
      a = before * cosine - b * sine;
      b = b * cosine + before * sine;
    }
    store_row(x, row, head.data());
  }
}

}  // namespace lucie::ref
