// Losses, sums and the optimizer. Rows are summed lane by lane, then over the lanes: an
// order fixed by the width alone.
#include "tensor/cpu/isa/table.h"
#include "tensor/cpu/isa/typed.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {

namespace {

float row_max(const float* x, i64 n) {
  V best = set1(x[0]);
  i64 i = 0;
  for (; i + kLanes <= n; i += kLanes) best = max(best, load(x + i));
  float result = reduce_max(best);
  for (; i < n; ++i) result = x[i] > result ? x[i] : result;
  return result;
}

float sum_of_exp(const float* x, float offset, i64 n) {
  V total = {};
  i64 i = 0;
  for (; i + kLanes <= n; i += kLanes) total = total + exp(load(x + i) - set1(offset));
  if (i < n) {
    float tail[kLanes];
    store(tail, exp(load_some(x + i, n - i) - set1(offset)));
    for (i64 j = n - i; j < kLanes; ++j) tail[j] = 0.0f;
    total = total + load(tail);
  }
  return reduce_sum(total);
}

template <typename D>
void softmax_gradient(D* out, const float* x, float log_sum, float factor, i64 n) {
  for (i64 i = 0; i < n; i += kLanes) {
    const V p = exp(load_up_to(x + i, n - i) - set1(log_sum));
    store_up_to(out + i, set1(factor) * p, n - i);
  }
}

template <typename D>
void fill_zero(D* out, i64 n) {
  for (i64 i = 0; i < n; i += kLanes) store_up_to(out + i, V{}, n - i);
}

}  // namespace

// loss = log sum e^x - x[target] and its gradient e^(x - log sum) - [i == target]; z-loss adds
// 2 z_loss (log sum e^x) e^(x - log sum).
void softmax_loss(const SoftmaxLoss& op, i64 begin, i64 end) {
  for (i64 n = begin; n < end; ++n) {
    const float* x = op.logits + n * op.width;
    const std::int32_t target = op.targets[n];
    float log_sum = 0.0f, at_target = 0.0f;
    op.loss[n] = 0.0f;
    if (target >= 0) {
      const float top = row_max(x, op.width);
      log_sum = top + __builtin_logf(sum_of_exp(x, top, op.width));
      at_target = x[target];
      op.loss[n] = log_sum - at_target;
    }
    if (op.dlogits.data == nullptr) continue;
    with_array(op.dlogits, [&](auto* dlogits) {
      auto* out = dlogits + n * op.width;
      if (target < 0) return fill_zero(out, op.width);
      const float share = 1.0f + 2.0f * op.z_loss * log_sum;
      softmax_gradient(out, x, log_sum, op.grad_scale * share, op.width);
      float p[kLanes];
      store(p, exp(set1(at_target - log_sum)));
      store_one(out + target, op.grad_scale * (p[0] * share - 1.0f));
    });
  }
}

namespace {

constexpr int kSumLanes = 8;

template <typename T, bool kSquare>
double sum_lanes(const T* x, i64 n) {
  double lanes[kSumLanes] = {};
  i64 i = 0;
  for (; i + kSumLanes <= n; i += kSumLanes) {
    for (int j = 0; j < kSumLanes; ++j) {
      const auto value = static_cast<double>(load_one(x + i + j));
      lanes[j] += kSquare ? value * value : value;
    }
  }
  double total = 0.0;
  for (; i < n; ++i) {
    const auto value = static_cast<double>(load_one(x + i));
    total += kSquare ? value * value : value;
  }
  for (const double lane : lanes) total += lane;
  return total;
}

}  // namespace

double sum(ConstArray x, i64 n) {
  if (x.type == Element::kBF16) return sum_lanes<Bf16, false>(static_cast<const Bf16*>(x.data), n);
  return sum_lanes<float, false>(static_cast<const float*>(x.data), n);
}

double sum_of_squares(ConstArray x, i64 n) {
  if (x.type == Element::kBF16) return sum_lanes<Bf16, true>(static_cast<const Bf16*>(x.data), n);
  return sum_lanes<float, true>(static_cast<const float*>(x.data), n);
}

void sum_rows(float* total, ConstArray x, i64 width, i64 begin, i64 end) {
  with_array(x, [&](const auto* rows) {
    for (i64 n = begin; n < end; ++n) {
      const auto* row = rows + n * width;
      for (i64 c = 0; c < width; c += kLanes) {
        const i64 left = width - c;
        store_up_to(total + c, load_up_to(total + c, left) + load_up_to(row + c, left), left);
      }
    }
  });
}

// torch.optim.AdamW's order of operations.
void adamw(const Adamw& op, i64 begin, i64 end) {
  const V beta2 = set1(op.beta2), share1 = set1(op.share1), share2 = set1(op.share2);
  with_array(op.working, [&](auto* working) {
    for (i64 i = begin; i < end; i += kLanes) {
      const i64 left = end - i;
      const V g = set1(op.coefficient) * load_up_to(op.grad + i, left);
      V m = load_up_to(op.m + i, left), v = load_up_to(op.v + i, left);
      m = m + share1 * (g - m);
      v = v * beta2 + share2 * g * g;
      const V root = sqrt(v) / set1(op.root_correction2) + set1(op.eps);
      const V p = load_up_to(op.p + i, left) * set1(op.keep) - set1(op.step_size) * m / root;
      store_up_to(op.m + i, m, left);
      store_up_to(op.v + i, v, left);
      store_up_to(op.p + i, p, left);
      if (working != nullptr) store_up_to(working + i, p, left);
    }
  });
}

}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
