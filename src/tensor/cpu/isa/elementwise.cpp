#include "tensor/cpu/isa/table.h"
#include "tensor/cpu/isa/typed.h"
#include "tensor/cpu/isa/weights.h"

namespace lucie::cpu::LUCIE_ISA_NAMESPACE {
namespace {

template <typename Out, typename In>
void convert_to(Out* dst, const In* src, i64 n) {
  for (i64 i = 0; i < n; i += kLanes) store_up_to(dst + i, load_up_to(src + i, n - i), n - i);
}

template <typename Out, SmallBlock Block>
void convert_to(Out* dst, const Block* src, i64 n) {
  for (i64 i = 0; i < n; i += kBlock) {
    const Block& block = src[i / kBlock];
    for (int j = 0; j < kBlock; j += kLanes) store(dst + i + j, decode(block, j));
  }
}

template <typename Out, BigBlock Block>
void convert_to(Out* dst, const Block* src, i64 n) {
  for (i64 i = 0; i < n; i += kBigBlock) {
    const Block& block = src[i / kBigBlock];
    const Scales scales = scales_of(block);
    for (int j = 0; j < kBigBlock; j += kLanes) store(dst + i + j, decode(block, scales, j));
  }
}

}  // namespace

void convert(Array dst, ConstArray src, i64 n) {
  with_weights(src, [&](const auto* values) {
    switch (dst.type) {
      case Element::kBF16:
        return convert_to(static_cast<Bf16*>(dst.data), values, n);
      case Element::kF16:
        return convert_to(static_cast<F16*>(dst.data), values, n);
      default:
        return convert_to(static_cast<float*>(dst.data), values, n);
    }
  });
}

void add(Array y, ConstArray a, ConstArray b, i64 n) {
  with_array(y, [&](auto* out) {
    with_array(a, [&](const auto* left) {
      with_array(b, [&](const auto* right) {
        for (i64 i = 0; i < n; i += kLanes) {
          const V total = load_up_to(left + i, n - i) + load_up_to(right + i, n - i);
          store_up_to(out + i, total, n - i);
        }
      });
    });
  });
}

void scale(Array x, float factor, i64 n) {
  with_array(x, [&](auto* values) {
    for (i64 i = 0; i < n; i += kLanes) {
      store_up_to(values + i, load_up_to(values + i, n - i) * set1(factor), n - i);
    }
  });
}

namespace {

// silu(g) = g s and silu'(g) = s (1 + g (1 - s)), with s = 1 / (1 + e^-g).
V sigmoid(V x) {
  return set1(1.0f) / (set1(1.0f) + exp(-x));
}

}  // namespace

void swiglu_forward(const SwigluForward& op, i64 begin, i64 end) {
  with_array(op.y, [&](auto* y) {
    with_array(op.gate, [&](const auto* gate) {
      with_array(op.up, [&](const auto* up) {
        for (i64 i = begin; i < end; i += kLanes) {
          const V g = load_up_to(gate + i, end - i);
          store_up_to(y + i, g * sigmoid(g) * load_up_to(up + i, end - i), end - i);
        }
      });
    });
  });
}

namespace {

template <typename Y, typename X>
void swiglu_backward_typed(const SwigluBackward& op, i64 begin, i64 end) {
  auto* dgate = static_cast<Y*>(op.dgate.data);
  auto* dup = static_cast<Y*>(op.dup.data);
  const auto* gate = static_cast<const X*>(op.gate.data);
  const auto* up = static_cast<const X*>(op.up.data);
  with_array(op.dy, [&](const auto* dy) {
    for (i64 i = begin; i < end; i += kLanes) {
      const i64 left = end - i;
      const V g = load_up_to(gate + i, left), u = load_up_to(up + i, left);
      const V d = load_up_to(dy + i, left), s = sigmoid(g);
      store_up_to(dup + i, d * (g * s), left);
      store_up_to(dgate + i, d * u * (s * (set1(1.0f) + g * (set1(1.0f) - s))), left);
    }
  });
}

}  // namespace

// dgate and dup are of one type, gate and up of one type: the caller sees to it.
void swiglu_backward(const SwigluBackward& op, i64 begin, i64 end) {
  const bool y_bf16 = op.dgate.type == Element::kBF16, x_bf16 = op.gate.type == Element::kBF16;
  if (y_bf16 && x_bf16) return swiglu_backward_typed<Bf16, Bf16>(op, begin, end);
  if (y_bf16) return swiglu_backward_typed<Bf16, float>(op, begin, end);
  if (x_bf16) return swiglu_backward_typed<float, Bf16>(op, begin, end);
  return swiglu_backward_typed<float, float>(op, begin, end);
}

void rope(const Rope& op, i64 begin, i64 end) {
  const i64 half = op.rotary / 2;
  const i64 stride = op.interleaved ? 2 : 1, other = op.interleaved ? 1 : half;
  const float sign = op.inverse ? -1.0f : 1.0f;
  with_array(op.x, [&](auto* x) {
    for (i64 n = begin; n < end; ++n) {
      const float* cosines = op.table + op.positions[n] * op.rotary;
      const float* sines = cosines + half;
      for (i64 head = 0; head < op.heads; ++head) {
        auto* row = x + (n * op.heads + head) * op.head_dim;
        if (op.interleaved) {
          for (i64 i = 0; i < half; ++i) {
            const float a = load_one(row + i * stride), b = load_one(row + i * stride + other);
            const float c = cosines[i], s = sign * sines[i];
            store_one(row + i * stride, a * c - b * s);
            store_one(row + i * stride + other, b * c + a * s);
          }
          continue;
        }
        for (i64 i = 0; i < half; i += kLanes) {
          const i64 left = half - i;
          const V a = load_up_to(row + i, left), b = load_up_to(row + half + i, left);
          const V c = load_up_to(cosines + i, left), s = sign * load_up_to(sines + i, left);
          store_up_to(row + i, a * c - b * s, left);
          store_up_to(row + half + i, b * c + a * s, left);
        }
      }
    }
  });
}

}  // namespace lucie::cpu::LUCIE_ISA_NAMESPACE
