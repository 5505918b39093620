#include <cmath>

#include "tensor/ref/ref.h"
#include "tensor/ref/rows.h"

namespace lucie::ref {
namespace {

// Row n of x + branch, written to h too; branch and h may be undefined.
Floats add_branch(const Tensor& h, const Tensor& x, const Tensor& branch, std::int64_t n) {
  Floats row = floats(x.shape().last());
  load_row(x, n, row.data());
  if (branch.defined()) {
    Floats added(row.size());
    load_row(branch, n, added.data());
    for (std::size_t c = 0; c < row.size(); ++c) row[c] += added[c];
  }
  if (h.defined()) store_row(h, n, row.data());
  return row;
}

}  // namespace

void rmsnorm_forward(Context&, const Tensor& y, const Tensor& h, const Tensor& rstd,
                     const Tensor& x, const Tensor& branch, const Tensor& w, float eps) {
  const auto width = static_cast<std::size_t>(x.shape().last());
  const Floats weight = load(w);
  for (std::int64_t n = 0; n < x.shape().rows(); ++n) {
    Floats row = add_branch(h, x, branch, n);
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

void layernorm_forward(Context&, const Tensor& y, const Tensor& h, const Tensor& mean,
                       const Tensor& rstd, const Tensor& x, const Tensor& branch, const Tensor& w,
                       const Tensor& bias, float eps) {
  const auto width = static_cast<float>(x.shape().last());
  const Floats weight = load(w);
  const Floats offset = bias.defined() ? load(bias) : Floats(weight.size());
  for (std::int64_t n = 0; n < x.shape().rows(); ++n) {
    Floats row = add_branch(h, x, branch, n);
    float sum = 0.0f;
    for (const float value : row) sum += value;
    const float middle = sum / width;
    float squares = 0.0f;
    for (const float value : row) squares += (value - middle) * (value - middle);
    const float inverse = 1.0f / std::sqrt(squares / width + eps);
    for (std::size_t c = 0; c < row.size(); ++c) {
      row[c] = (row[c] - middle) * inverse * weight[c] + offset[c];
    }
    store_row(y, n, row.data());
    if (mean.defined()) data<float>(mean)[n] = middle;
    if (rstd.defined()) data<float>(rstd)[n] = inverse;
  }
}

// With z = (h - mean) * rstd and g = dy * w:
// dh = rstd * (g - mean(g) - z * mean(g * z)),  dw = sum over n of dy * z,  dbias = that of dy.
void layernorm_backward(Context&, const Tensor& dh, const Tensor& dw, const Tensor& dbias,
                        const Tensor& dy, const Tensor& h, const Tensor& mean, const Tensor& rstd,
                        const Tensor& w) {
  const std::int64_t width = h.shape().last();
  const Floats weight = load(w);
  Floats z = floats(width), dy_row = floats(width), dw_sum = floats(width), sum = floats(width);
  for (std::int64_t n = 0; n < h.shape().rows(); ++n) {
    load_row(h, n, z.data());
    load_row(dy, n, dy_row.data());
    const float inverse = data<float>(rstd)[n];
    float total = 0.0f, dot = 0.0f;
    for (std::size_t c = 0; c < z.size(); ++c) {
      z[c] = (z[c] - data<float>(mean)[n]) * inverse;
      dw_sum[c] += dy_row[c] * z[c];
      sum[c] += dy_row[c];
      total += dy_row[c] * weight[c];
      dot += dy_row[c] * weight[c] * z[c];
    }
    total /= static_cast<float>(width);
    dot /= static_cast<float>(width);
    float* out = data<float>(dh) + n * width;
    for (std::size_t c = 0; c < z.size(); ++c) {
      out[c] += inverse * (dy_row[c] * weight[c] - total - z[c] * dot);
    }
  }
  for (std::size_t c = 0; c < z.size(); ++c) {
    if (dw.defined()) data<float>(dw)[c] += dw_sum[c];
    if (dbias.defined()) data<float>(dbias)[c] += sum[c];
  }
}

}  // namespace lucie::ref
