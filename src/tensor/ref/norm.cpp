#include <cmath>

#include "tensor/ref/ref.h"
#include "tensor/ref/rows.h"

namespace lucie::ref {

void rmsnorm_forward(Context&, const Tensor& y, const Tensor& h, const Tensor& rstd,
                     const Tensor& x, const Tensor& branch, const Tensor& w, float eps) {
  const auto width = static_cast<std::size_t>(x.shape().last());
  const Floats weight = load(w);
  Floats row(width);
  Floats added(width);
  for (std::int64_t n = 0; n < x.shape().rows(); ++n) {
    load_row(x, n, row.data());
    if (branch.defined()) {
      load_row(branch, n, added.data());
      for (std::size_t c = 0; c < width; ++c) row[c] += added[c];
    }
    if (h.defined()) store_row(h, n, row.data());
    float squares = 0.0f;
    for (const float value : row) squares += value * value;
    const float inverse = 1.0f / std::sqrt(squares / static_cast<float>(width) + eps);
    for (std::size_t c = 0; c < width; ++c) row[c] = row[c] * inverse * weight[c];
    store_row(y, n, row.data());
    if (rstd.defined()) data<float>(rstd)[n] = inverse;
  }
}

// With z = h * rstd and g = dy * w:  dh = rstd * (g - z * mean(g * z)),  dw = sum over n of dy * z.
void rmsnorm_backward(Context&, const Tensor& dh, const Tensor& dw, const Tensor& dy,
                      const Tensor& h, const Tensor& rstd, const Tensor& w) {
  const auto width = static_cast<std::size_t>(h.shape().last());
  const Floats weight = load(w);
  Floats z(width);
  Floats dy_row(width);
  Floats dw_sum(width);
  for (std::int64_t n = 0; n < h.shape().rows(); ++n) {
    load_row(h, n, z.data());
    load_row(dy, n, dy_row.data());
    const float inverse = data<float>(rstd)[n];
    float dot = 0.0f;
    for (std::size_t c = 0; c < width; ++c) {
      z[c] *= inverse;
      dw_sum[c] += dy_row[c] * z[c];
      dot += dy_row[c] * weight[c] * z[c];
    }
    const float mean = dot / static_cast<float>(width);
    float* out = data<float>(dh) + n * h.shape().last();
    for (std::size_t c = 0; c < width; ++c) {
      out[c] += inverse * (dy_row[c] * weight[c] - z[c] * mean);
    }
  }
  if (!dw.defined()) return;
  for (std::size_t c = 0; c < width; ++c) data<float>(dw)[c] += dw_sum[c];
}

}  // namespace lucie::ref
