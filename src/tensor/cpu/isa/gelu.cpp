// GELU in both its forms: x times a gate between 0 and 1.
#include "tensor/cpu/isa/table.h"
#include "tensor/cpu/isa/typed.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

// The share of x that passes, and how fast it grows with x.
struct Gate {
  V value, slope;
};

// The normal distribution Phi(x) = (1 + erf(x / sqrt 2)) / 2 and its density. The tail
// 1 - Phi(a) = e^(-a^2/2) t q(t), t = 1 / (1 + 0.27 a), has the form of Hastings (1955, as
// Abramowitz & Stegun 7.1.26); tools/fit_normal_tail.py fits q to 3e-8. Nothing cancels on the
// negative side, where 1 + erf would: there the error is that of the exponent's rounding.
struct ErfGate {
  static Gate at(V x) {
    const V distance = x < 0.0f ? -x : x;
    const V e = exp(set1(-0.5f) * x * x);
    const V t = set1(1.0f) / fma(set1(0.27f), distance, set1(1.0f));
    V q = set1(2.893514699e-2f);
    q = fma(q, t, set1(-1.263972206e-1f));
    q = fma(q, t, set1(1.696793176e-1f));
    q = fma(q, t, set1(-6.917150628e-2f));
    q = fma(q, t, set1(1.078501624e-1f));
    q = fma(q, t, set1(7.202098349e-2f));
    q = fma(q, t, set1(1.018211886e-1f));
    q = fma(q, t, set1(1.075411884e-1f));
    q = fma(q, t, set1(1.077207500e-1f));
    const V tail = e * t * q;
    return {x < 0.0f ? tail : set1(1.0f) - tail, set1(0.398942280f) * e};
  }
};

// (1 + tanh u) / 2 = 1 / (1 + e^(-2u)), with u = sqrt(2/pi) (x + 0.044715 x^3).
struct TanhGate {
  static Gate at(V x) {
    const V scale = set1(2.0f * 0.7978845608f), square = x * x;
    const V twice = scale * x * fma(set1(0.044715f), square, set1(1.0f));
    const V e = exp(-twice), s = set1(1.0f) / (set1(1.0f) + e);  // 1 - s is e s
    const V slope = scale * fma(set1(3.0f * 0.044715f), square, set1(1.0f));
    return {s, s * (e * s) * slope};
  }
};

template <typename Form>
void forward(const GeluForward& op, i64 begin, i64 end) {
  with_array(op.y, [&](auto* y) {
    with_array(op.x, [&](const auto* x) {
      for (i64 i = begin; i < end; i += kLanes) {
        const V value = load_up_to(x + i, end - i);
        store_up_to(y + i, value * Form::at(value).value, end - i);
      }
    });
  });
}

template <typename Form>
void backward(const GeluBackward& op, i64 begin, i64 end) {
  with_array(op.dx, [&](auto* dx) {
    with_array(op.dy, [&](const auto* dy) {
      with_array(op.x, [&](const auto* x) {
        for (i64 i = begin; i < end; i += kLanes) {
          const V value = load_up_to(x + i, end - i);
          const Gate gate = Form::at(value);
          const V derivative = fma(value, gate.slope, gate.value);
          store_up_to(dx + i, derivative * load_up_to(dy + i, end - i), end - i);
        }
      });
    });
  });
}

}  // namespace

void gelu_forward(const GeluForward& op, i64 begin, i64 end) {
  if (op.tanh) return forward<TanhGate>(op, begin, end);
  forward<ErfGate>(op, begin, end);
}

void gelu_backward(const GeluBackward& op, i64 begin, i64 end) {
  if (op.tanh) return backward<TanhGate>(op, begin, end);
  backward<ErfGate>(op, begin, end);
}

}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
