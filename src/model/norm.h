// The two kinds of norm behind one call, as the config says.
#pragma once

#include "model/config.h"
#include "model/parameters.h"

namespace lucie {

// h = x + branch and what the backward pass of its norm needs. mean only for NormKind::kLayer.
struct NormState {
  Tensor h, mean, rstd;
};

// y = norm(x + branch), filling `state`; branch may be undefined.
void norm_forward(Context& ctx, const ModelConfig& config, const Tensor& y, const NormState& state,
                  const Tensor& x, const Tensor& branch, const Affine& weights);
// dh += gradient at h, and those of the weights to `gradients` where they are defined.
void norm_backward(Context& ctx, const ModelConfig& config, const Tensor& dh,
                   const Affine& gradients, const Tensor& dy, const NormState& state,
                   const Affine& weights);

}  // namespace lucie
