// Norms. Rows are summed lane by lane, then over the lanes: an order fixed by the width alone.
#include "tensor/cpu/isa/table.h"
#include "tensor/cpu/isa/typed.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

// A row of the residual stream: h = x + branch, of which h and branch may be null.
template <typename B>
struct Residual {
  float* h;
  const float* x;
  const B* branch;
  i64 width;

  // Elements c ..., zeros beyond the width; the first reading of a row writes h.
  V first(i64 c) const {
    const V value = sum(c);
    if (h != nullptr) store_up_to(h + c, value, width - c);
    return value;
  }
  V again(i64 c) const { return h == nullptr ? sum(c) : load_up_to(h + c, width - c); }

 private:
  V sum(i64 c) const {
    const V value = load_up_to(x + c, width - c);
    return branch == nullptr ? value : value + load_up_to(branch + c, width - c);
  }
};

// Calls body(y, residual, n) on typed rows n.
template <typename Op, typename Body>
void for_each_row(const Op& op, i64 begin, i64 end, const Body& body) {
  with_array(op.y, [&](auto* y) {
    with_array(op.branch, [&]<typename B>(const B* branch) {
      for (i64 n = begin; n < end; ++n) {
        const i64 at = n * op.width;
        const Residual<B> residual{op.h == nullptr ? nullptr : op.h + at, op.x + at,
                                   branch == nullptr ? nullptr : branch + at, op.width};
        body(y + at, residual, n);
      }
    });
  });
}

template <typename Y, typename B>
void rmsnorm_row(const RmsnormForward& op, Y* y, const Residual<B>& residual, i64 n) {
  V squares = {};
  for (i64 c = 0; c < op.width; c += kLanes) {
    const V value = residual.first(c);
    squares = fma(value, value, squares);
  }
  const float mean = reduce_sum(squares) / static_cast<float>(op.width);
  const float rstd = 1.0f / __builtin_sqrtf(mean + op.eps);
  if (op.rstd != nullptr) op.rstd[n] = rstd;
  for (i64 c = 0; c < op.width; c += kLanes) {
    const i64 left = op.width - c;
    store_up_to(y + c, residual.again(c) * set1(rstd) * load_up_to(op.w + c, left), left);
  }
}

}  // namespace

void rmsnorm_forward(const RmsnormForward& op, i64 begin, i64 end) {
  for_each_row(op, begin, end,
               [&](auto* y, const auto& residual, i64 n) { rmsnorm_row(op, y, residual, n); });
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

// Zeros beyond the first `left`.
V masked(V value, i64 left) {
  if (left >= kLanes) return value;
  return iota(0) < static_cast<std::int32_t>(left) ? value : V{};
}

template <typename Y, typename B>
void layernorm_row(const LayernormForward& op, Y* y, const Residual<B>& residual, i64 n) {
  V sum = {}, squares = {};
  for (i64 c = 0; c < op.width; c += kLanes) sum = sum + residual.first(c);
  const float mean = reduce_sum(sum) / static_cast<float>(op.width);
  for (i64 c = 0; c < op.width; c += kLanes) {
    const V value = masked(residual.again(c) - set1(mean), op.width - c);
    squares = fma(value, value, squares);
  }
  const float variance = reduce_sum(squares) / static_cast<float>(op.width);
  const float rstd = 1.0f / __builtin_sqrtf(variance + op.eps);
  if (op.mean != nullptr) op.mean[n] = mean;
  if (op.rstd != nullptr) op.rstd[n] = rstd;
  for (i64 c = 0; c < op.width; c += kLanes) {
    const i64 left = op.width - c;
    V value = (residual.again(c) - set1(mean)) * set1(rstd) * load_up_to(op.w + c, left);
    if (op.bias != nullptr) value = value + load_up_to(op.bias + c, left);
    store_up_to(y + c, value, left);
  }
}

}  // namespace

void layernorm_forward(const LayernormForward& op, i64 begin, i64 end) {
  for_each_row(op, begin, end,
               [&](auto* y, const auto& residual, i64 n) { layernorm_row(op, y, residual, n); });
}

namespace {

void add_to(float* total, V value, i64 left) {
  store_up_to(total, load_up_to(total, left) + value, left);
}

// With z = (h - mean) * rstd and g = dy * w:
// dh += rstd * (g - mean(g) - z * mean(g * z)),  dw += dy * z,  dbias += dy.
template <typename Y>
void layernorm_backward_row(const LayernormBackward& op, float* dw, float* dbias, const Y* dy,
                            i64 n) {
  const float* h = op.h + n * op.width;
  float* dh = op.dh + n * op.width;
  const V mean = set1(op.mean[n]), rstd = set1(op.rstd[n]);
  V sum = {}, dot = {};
  for (i64 c = 0; c < op.width; c += kLanes) {
    const i64 left = op.width - c;
    const V z = (load_up_to(h + c, left) - mean) * rstd, d = load_up_to(dy + c, left);
    const V g = d * load_up_to(op.w + c, left);
    sum = sum + g;
    dot = fma(g, z, dot);
    if (dw != nullptr) add_to(dw + c, d * z, left);
    if (dbias != nullptr) add_to(dbias + c, d, left);
  }
  const V average = set1(reduce_sum(sum) / static_cast<float>(op.width));
  const V slope = set1(reduce_sum(dot) / static_cast<float>(op.width));
  for (i64 c = 0; c < op.width; c += kLanes) {
    const i64 left = op.width - c;
    const V z = (load_up_to(h + c, left) - mean) * rstd;
    const V g = load_up_to(dy + c, left) * load_up_to(op.w + c, left);
    store_up_to(dh + c, fma(rstd, g - average - z * slope, load_up_to(dh + c, left)), left);
  }
}

}  // namespace

void layernorm_backward(const LayernormBackward& op, float* dw, float* dbias, i64 begin, i64 end) {
  with_array(op.dy, [&](const auto* dy) {
    for (i64 n = begin; n < end; ++n) {
      layernorm_backward_row(op, dw, dbias, dy + n * op.width, n);
    }
  });
}

}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
