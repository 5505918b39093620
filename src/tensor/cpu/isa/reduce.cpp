// Norms, losses, sums and the optimizer. Rows are summed lane by lane, then over the lanes: an
// order fixed by the width alone.
#include "tensor/cpu/isa/table.h"
#include "tensor/cpu/isa/typed.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {

namespace {

// h = x + branch, returned as its sum of squares; h may be null.
template <typename B>
float add_branch(const RmsnormForward& op, const B* branch, float* h, const float* x) {
  V squares = {};
  for (i64 c = 0; c < op.width; c += kLanes) {
    const i64 left = op.width - c;
    V value = load_up_to(x + c, left);
    if (branch != nullptr) value = value + load_up_to(branch + c, left);
    if (h != nullptr) store_up_to(h + c, value, left);
    squares = fma(value, value, squares);
  }
  return reduce_sum(squares);
}

template <typename Y, typename B>
void rmsnorm_row(const RmsnormForward& op, Y* y, const B* branch, i64 n) {
  const float* x = op.x + n * op.width;
  float* h = op.h == nullptr ? nullptr : op.h + n * op.width;
  const float squares = add_branch(op, branch, h, x);
  const float mean = squares / static_cast<float>(op.width);
  const float rstd = 1.0f / __builtin_sqrtf(mean + op.eps);
  if (op.rstd != nullptr) op.rstd[n] = rstd;
  for (i64 c = 0; c < op.width; c += kLanes) {
    const i64 left = op.width - c;
    V value = load_up_to((h == nullptr ? x : h) + c, left);
    if (h == nullptr && branch != nullptr) value = value + load_up_to(branch + c, left);
    store_up_to(y + c, value * set1(rstd) * load_up_to(op.w + c, left), left);
  }
}

}  // namespace

void rmsnorm_forward(const RmsnormForward& op, i64 begin, i64 end) {
  with_array(op.y, [&](auto* y) {
    with_array(op.branch, [&](const auto* branch) {
      for (i64 n = begin; n < end; ++n) {
        rmsnorm_row(op, y + n * op.width, branch == nullptr ? branch : branch + n * op.width, n);
      }
    });
  });
}

namespace {

// With z = h * rstd and g = dy * w:  dh += rstd * (g - z * mean(g * z)),  dw += dy * z.
template <typename Y>
void rmsnorm_backward_row(const RmsnormBackward& op, float* dw, const Y* dy, i64 n) {
  const float* h = op.h + n * op.width;
  float* dh = op.dh + n * op.width;
  const V rstd = set1(op.rstd[n]);
  V dot = {};
  for (i64 c = 0; c < op.width; c += kLanes) {
    const i64 left = op.width - c;
    const V z = load_up_to(h + c, left) * rstd, d = load_up_to(dy + c, left);
    dot = fma(d * load_up_to(op.w + c, left), z, dot);
    if (dw != nullptr) store_up_to(dw + c, fma(d, z, load_up_to(dw + c, left)), left);
  }
  const V mean = set1(reduce_sum(dot) / static_cast<float>(op.width));
  for (i64 c = 0; c < op.width; c += kLanes) {
    const i64 left = op.width - c;
    const V z = load_up_to(h + c, left) * rstd;
    const V g = load_up_to(dy + c, left) * load_up_to(op.w + c, left);
    store_up_to(dh + c, fma(rstd, g - z * mean, load_up_to(dh + c, left)), left);
  }
}

}  // namespace

void rmsnorm_backward(const RmsnormBackward& op, float* dw, i64 begin, i64 end) {
  with_array(op.dy, [&](const auto* dy) {
    for (i64 n = begin; n < end; ++n) rmsnorm_backward_row(op, dw, dy + n * op.width, n);
  });
}

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

// loss = log sum e^x - x[target] and its gradient e^(x - log sum) - [i == target].
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
      softmax_gradient(out, x, log_sum, op.grad_scale, op.width);
      float p[kLanes];
      store(p, exp(set1(at_target - log_sum)));
      store_one(out + target, op.grad_scale * (p[0] - 1.0f));
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
