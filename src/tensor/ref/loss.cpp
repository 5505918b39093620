#include <algorithm>
#include <cmath>

#include "tensor/ref/product.h"
#include "tensor/ref/ref.h"

namespace lucie::ref {
namespace {

// Rows whose logits are held at once.
constexpr std::int64_t kChunk = 64;

// Returns -log softmax(logits)[target] and leaves the gradient in logits; a masked row (negative
// target) has no loss and no gradient.
float cross_entropy(float* logits, std::int64_t vocab, std::int32_t target,
                    const LossGradient& gradient) {
  if (target < 0) {
    std::fill_n(logits, vocab, 0.0f);
    return 0.0f;
  }
  const float top = *std::max_element(logits, logits + vocab);
  float total = 0.0f;
  for (std::int64_t i = 0; i < vocab; ++i) total += std::exp(logits[i] - top);
  const float log_sum = top + std::log(total);
  const float loss = log_sum - logits[target];
  const float factor = gradient.scale * (1.0f + 2.0f * gradient.z_loss * log_sum);
  for (std::int64_t i = 0; i < vocab; ++i) logits[i] = factor * std::exp(logits[i] - log_sum);
  logits[target] -= gradient.scale;
  return loss;
}

}  // namespace

void head_loss(Context&, const Tensor& loss, const Tensor& dx, const Tensor& dw, const Tensor& x,
               const Tensor& w, const Tensor& targets, const LossGradient& gradient) {
  const std::int64_t rows = x.shape().rows(), vocab = w.shape().rows(), width = w.shape().last();
  const Floats inputs = load(x);
  const Floats weights = load(w);
  const Floats columns = transposed(weights, vocab, width);
  Floats logits = floats(kChunk * vocab);
  Floats dx_rows = floats(kChunk * width);
  Floats dw_sum = floats(dw.defined() ? vocab * width : 0);
  for (std::int64_t begin = 0; begin < rows; begin += kChunk) {
    const std::int64_t count = std::min(kChunk, rows - begin);
    const float* chunk = inputs.data() + begin * width;
    multiply(logits.data(), chunk, columns.data(), {count, vocab, width});
    for (std::int64_t n = 0; n < count; ++n) {
      data<float>(loss)[begin + n] = cross_entropy(
          logits.data() + n * vocab, vocab, data<std::int32_t>(targets)[begin + n], gradient);
    }
    if (!dx.defined()) continue;
    multiply(dx_rows.data(), logits.data(), weights.data(), {count, width, vocab});
    for (std::int64_t n = 0; n < count; ++n) {
      store_row(dx, begin + n, dx_rows.data() + n * width);
    }
    if (!dw.defined()) continue;
    Floats part = floats(vocab * width);
    Floats dlogits(logits.begin(), logits.begin() + count * vocab);
    dlogits = transposed(dlogits, count, vocab);
    multiply(part.data(), dlogits.data(), chunk, {vocab, width, count});
    for (std::size_t i = 0; i < part.size(); ++i) dw_sum[i] += part[i];
  }
  for (std::size_t i = 0; i < dw_sum.size(); ++i) data<float>(dw)[i] += dw_sum[i];
}

}  // namespace lucie::ref
