#include <cmath>

#include "tensor/ref/ref.h"
#include "tensor/ref/rows.h"

namespace lucie::ref {

void add(Context&, const Tensor& y, const Tensor& a, const Tensor& b) {
  Floats sum = load(a);
  const Floats other = load(b);
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += other[i];
  store(y, sum);
}

void scale(Context&, const Tensor& x, float factor) {
  Floats values = load(x);
  for (float& value : values) value *= factor;
  store(x, values);
}

namespace {

float sigmoid(float x) {
  return 1.0f / (1.0f + std::exp(-x));
}

}  // namespace

void swiglu_forward(Context&, const Tensor& y, const Tensor& gate, const Tensor& up) {
  const Floats g = load(gate);
  const Floats u = load(up);
  Floats out(g.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = g[i] * sigmoid(g[i]) * u[i];
  store(y, out);
}

// silu'(g) = s * (1 + g * (1 - s)) with s = sigmoid(g).
void swiglu_backward(Context&, const Tensor& dgate, const Tensor& dup, const Tensor& dy,
                     const Tensor& gate, const Tensor& up) {
  const Floats d = load(dy);
  const Floats g = load(gate);
  const Floats u = load(up);
  Floats dg(d.size());
  Floats du(d.size());
  for (std::size_t i = 0; i < d.size(); ++i) {
    const float s = sigmoid(g[i]);
    du[i] = d[i] * (g[i] * s);
    dg[i] = d[i] * u[i] * (s * (1.0f + g[i] * (1.0f - s)));
  }
  store(dgate, dg);
  store(dup, du);
}

namespace {

// The share of x that passes, and how fast it grows with x.
struct Gate {
  float value, slope;
};

Gate gelu_gate(float x, Gelu form) {
  constexpr float kRootHalf = 0.70710678118654752f, kDensity = 0.39894228040143268f;
  constexpr float kScale = 0.7978845608f, kCubic = 0.044715f;  // sqrt(2/pi), and the fit
  if (form == Gelu::kErf) {
    return {0.5f * (1.0f + std::erf(x * kRootHalf)), kDensity * std::exp(-0.5f * x * x)};
  }
  const float t = std::tanh(kScale * (x + kCubic * x * x * x));
  const float slope = kScale * (1.0f + 3.0f * kCubic * x * x);
  return {0.5f * (1.0f + t), 0.5f * (1.0f - t * t) * slope};
}

}  // namespace

void gelu_forward(Context&, const Tensor& y, const Tensor& x, Gelu form) {
  Floats values = load(x);
  for (float& value : values) value *= gelu_gate(value, form).value;
  store(y, values);
}

void gelu_backward(Context&, const Tensor& dx, const Tensor& dy, const Tensor& x, Gelu form) {
  Floats gradient = load(dy);
  const Floats values = load(x);
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    const Gate gate = gelu_gate(values[i], form);
    gradient[i] *= gate.value + values[i] * gate.slope;
  }
  store(dx, gradient);
}

}  // namespace lucie::ref
