#include "model/norm.h"

namespace lucie {

void norm_forward(Context& ctx, const ModelConfig& c, const Tensor& y, const NormState& state,
                  const Tensor& x, const Tensor& branch, const Affine& w) {
  const float eps = static_cast<float>(c.norm_eps);
  if (c.norm == NormKind::kLayer) {
    ctx.op().layernorm_forward(ctx, y, state.h, state.mean, state.rstd, x, branch, w.weight, w.bias,
                               eps);
  } else {
    ctx.op().rmsnorm_forward(ctx, y, state.h, state.rstd, x, branch, w.weight, eps);
  }
}

void norm_backward(Context& ctx, const ModelConfig& c, const Tensor& dh, const Affine& gradients,
                   const Tensor& dy, const NormState& state, const Affine& w) {
  if (c.norm == NormKind::kLayer) {
    ctx.op().layernorm_backward(ctx, dh, gradients.weight, gradients.bias, dy, state.h, state.mean,
                                state.rstd, w.weight);
  } else {
    ctx.op().rmsnorm_backward(ctx, dh, gradients.weight, dy, state.h, state.rstd, w.weight);
  }
}

}  // namespace lucie
