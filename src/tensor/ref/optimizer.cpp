#include <algorithm>
#include <cmath>

#include "tensor/ref/ref.h"
#include "tensor/ref/rows.h"

namespace lucie::ref {
namespace {

void put_total(const Tensor& out, double total, bool accumulate) {
  float& result = *data<float>(out);
  result = static_cast<float>(accumulate ? static_cast<double>(result) + total : total);
}

}  // namespace

void sum(Context&, const Tensor& out, const Tensor& x, bool accumulate) {
  double total = 0.0;
  for (const float value : load(x)) total += static_cast<double>(value);
  put_total(out, total, accumulate);
}

void sum_of_squares(Context&, const Tensor& out, const Tensor& x, bool accumulate) {
  double total = 0.0;
  for (const float value : load(x))
    total += static_cast<double>(value) * static_cast<double>(value);
  put_total(out, total, accumulate);
}

void clip_coefficient(Context&, const Tensor& coefficient, const Tensor& sum_of_squares,
                      float max_norm) {
  const float norm = std::sqrt(*data<float>(sum_of_squares));
  *data<float>(coefficient) = std::min(1.0f, max_norm / (norm + 1e-6f));
}

// torch.optim.AdamW, single-tensor path: decay, then lerp_, addcmul_, and addcdiv_ with the step
// size and the root of the second bias correction computed in double.
void adamw(Context&, const Tensor& p, const Tensor& m, const Tensor& v, const Tensor& working,
           const Tensor& grad, const Tensor& coefficient, const AdamwStep& step) {
  const auto beta1 = static_cast<double>(step.beta1), beta2 = static_cast<double>(step.beta2);
  const auto rate = static_cast<double>(step.learning_rate);
  const auto count = static_cast<double>(step.step);
  const auto decay = static_cast<float>(1.0 - rate * static_cast<double>(step.weight_decay));
  const auto new_share1 = static_cast<float>(1.0 - beta1);
  const auto new_share2 = static_cast<float>(1.0 - beta2);
  const auto step_size = static_cast<float>(rate / (1.0 - std::pow(beta1, count)));
  const auto correction2 = static_cast<float>(std::sqrt(1.0 - std::pow(beta2, count)));
  const float clip = *data<float>(coefficient);
  const Floats gradient = load(grad);
  float* weight = data<float>(p);
  float* mean = data<float>(m);
  float* variance = data<float>(v);
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    const float g = clip * gradient[i];
    weight[i] *= decay;
    mean[i] += new_share1 * (g - mean[i]);
    variance[i] = variance[i] * step.beta2 + new_share2 * g * g;
    const float denominator = std::sqrt(variance[i]) / correction2 + step.eps;
    weight[i] -= step_size * mean[i] / denominator;
  }
  if (working.defined()) store(working, load(p));
}

}  // namespace lucie::ref
