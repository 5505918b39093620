#include <cmath>
#include <vector>

#include "tensor/cpu/device.h"

namespace lucie::cpu {
namespace {

constexpr std::int64_t kElementsPerTask = 16384;

// Sums of fixed blocks, added up in their order.
void total(Context& ctx, const Tensor& out, const Tensor& x, bool accumulate,
           double (*kernel)(ConstArray, std::int64_t)) {
  const std::int64_t blocks = (x.numel() + kElementsPerTask - 1) / kElementsPerTask;
  std::vector<double> partials(static_cast<std::size_t>(blocks));
  if (blocks > 0) {
    parallel_ranges(ctx, x.numel(), kElementsPerTask, [&](std::int64_t begin, std::int64_t end) {
      partials[static_cast<std::size_t>(begin / kElementsPerTask)] =
          kernel(at(readable(x), begin), end - begin);
    });
  }
  float& result = *data<float>(out);
  double sum = accumulate ? static_cast<double>(result) : 0.0;
  for (const double partial : partials) sum += partial;
  result = static_cast<float>(sum);
}

}  // namespace

void sum(Context& ctx, const Tensor& out, const Tensor& x, bool accumulate) {
  total(ctx, out, x, accumulate, kernels_of(ctx).sum);
}

void sum_of_squares(Context& ctx, const Tensor& out, const Tensor& x, bool accumulate) {
  total(ctx, out, x, accumulate, kernels_of(ctx).sum_of_squares);
}

void clip_coefficient(Context&, const Tensor& coefficient, const Tensor& sum_of_squares,
                      float max_norm) {
  const float norm = std::sqrt(*data<float>(sum_of_squares));
  *data<float>(coefficient) = std::min(1.0f, max_norm / (norm + 1e-6f));
}

void adamw(Context& ctx, const Tensor& p, const Tensor& m, const Tensor& v, const Tensor& working,
           const Tensor& grad, const Tensor& coefficient, const AdamwStep& step) {
  if (p.numel() == 0) return;
  const auto rate = static_cast<double>(step.learning_rate);
  const auto count = static_cast<double>(step.step);
  const auto beta1 = static_cast<double>(step.beta1), beta2 = static_cast<double>(step.beta2);
  const Adamw op{.p = data<float>(p),
                 .m = data<float>(m),
                 .v = data<float>(v),
                 .working = writable(working),
                 .grad = data<float>(grad),
                 .coefficient = *data<float>(coefficient),
                 .beta2 = step.beta2,
                 .eps = step.eps,
                 .share1 = static_cast<float>(1.0 - beta1),
                 .share2 = static_cast<float>(1.0 - beta2),
                 .keep = static_cast<float>(1.0 - rate * static_cast<double>(step.weight_decay)),
                 .step_size = static_cast<float>(rate / (1.0 - std::pow(beta1, count))),
                 .root_correction2 = static_cast<float>(std::sqrt(1.0 - std::pow(beta2, count)))};
  parallel_ranges(ctx, p.numel(), kElementsPerTask, [&](std::int64_t begin, std::int64_t end) {
    kernels_of(ctx).adamw(op, begin, end);
  });
}

}  // namespace lucie::cpu
