// The backward pass, layer by layer, mirroring decoder.cpp. Every residual add sends its gradient
// on unchanged, so `dresidual_` runs down the stream and each norm adds to it.
#include <cmath>

#include "base/error.h"
#include "model/decoder.h"

namespace lucie {

Backward::Backward(Context& ctx, const ModelConfig& c, std::int64_t rows, DType dtype) {
  const std::int64_t C = c.hidden_size, F = c.intermediate_size, D = c.head_dim;
  const std::int64_t H = c.num_attention_heads, K = c.num_key_value_heads;
  dresidual_ = ctx.empty(DType::kF32, {rows, C});
  dnorm_ = ctx.empty(DType::kF32, {rows, C});
  dbranch_ = ctx.empty(dtype, {rows, C});
  dfinal_ = ctx.empty(dtype, {rows, C});
  dattention_ = ctx.empty(dtype, {rows, H * D});
  dq_ = ctx.empty(dtype, {rows, H, D});
  dk_ = ctx.empty(dtype, {rows, K, D});
  dv_ = ctx.empty(dtype, {rows, K, D});
  dhidden_ = ctx.empty(dtype, {rows, F});
  dgate_ = ctx.empty(dtype, {rows, F});
  dup_ = ctx.empty(dtype, {rows, F});
}

std::size_t Backward::bytes(const ModelConfig& c, std::int64_t rows, DType dtype) {
  const std::int64_t wide = 2 * c.hidden_size;
  const std::int64_t narrow =
      2 * c.hidden_size + 2 * c.query_size() + 2 * c.key_size() + 3 * c.intermediate_size;
  return row_bytes(DType::kF32, rows * wide) + row_bytes(dtype, rows * narrow);
}

void Backward::run(Context& ctx, const Decoder& model, const Batch& batch,
                   const Activations& activations, Parameters& gradients, const Tensor& losses,
                   float grad_scale) {
  const Ops& op = ctx.op();
  const std::int64_t rows = batch.rows();
  LUCIE_ASSERT(rows == dresidual_.dim(0));
  const Parameters& w = model.weights_;
  op.head_loss(ctx, losses, dfinal_, gradients.head(), activations.final_norm(rows), w.head(),
               batch.targets, grad_scale);
  op.fill(ctx, dresidual_, 0.0f);
  op.rmsnorm_backward(ctx, dresidual_, gradients.at(Slot::kFinalNorm), dfinal_,
                      activations.final_residual(rows), activations.final_rstd(rows),
                      w.at(Slot::kFinalNorm));
  for (std::int64_t l = model.config_.num_hidden_layers - 1; l >= 0; --l) {
    layer(ctx, model, l, batch, activations.layer(l, rows), gradients);
  }
  if (const Tensor& dembedding = gradients.at(Slot::kEmbedding); dembedding.defined()) {
    op.gather_rows_backward(ctx, dembedding, dresidual_, batch.ids);
  }
}

void Backward::layer(Context& ctx, const Decoder& model, std::int64_t l, const Batch& batch,
                     const LayerSlots& s, Parameters& gradients) {
  const Ops& op = ctx.op();
  const ModelConfig& c = model.config_;
  const std::int64_t rows = batch.rows();
  const auto w = [&](Slot slot) -> const Tensor& { return model.weights_.at(slot, l); };
  const auto dw = [&](Slot slot, const Tensor& dy, const Tensor& x) {
    if (const Tensor& g = gradients.at(slot, l); g.defined()) op.matmul_dw(ctx, g, dy, x);
  };

  op.copy(ctx, dbranch_, dresidual_);
  dw(Slot::kDown, dbranch_, s.hidden);
  op.matmul_dx(ctx, dhidden_, dbranch_, w(Slot::kDown), false);
  op.swiglu_backward(ctx, dgate_, dup_, dhidden_, s.gate, s.up);
  dw(Slot::kGate, dgate_, s.norm2);
  dw(Slot::kUp, dup_, s.norm2);
  op.matmul_dx(ctx, dnorm_, dgate_, w(Slot::kGate), false);
  op.matmul_dx(ctx, dnorm_, dup_, w(Slot::kUp), true);
  op.rmsnorm_backward(ctx, dresidual_, gradients.at(Slot::kMlpNorm, l), dnorm_, s.residual2,
                      s.rstd2, w(Slot::kMlpNorm));

  op.copy(ctx, dbranch_, dresidual_);
  dw(Slot::kAttentionOut, dbranch_, s.attention);
  op.matmul_dx(ctx, dattention_, dbranch_, w(Slot::kAttentionOut), false);
  const AttentionShape shape{.batch = batch.batch,
                             .queries = batch.time,
                             .keys = batch.time,
                             .heads = c.num_attention_heads,
                             .kv_heads = c.num_key_value_heads,
                             .head_dim = c.head_dim,
                             .scale = 1.0f / std::sqrt(static_cast<float>(c.head_dim))};
  op.attention_backward(ctx, dq_, dk_, dv_, dattention_, s.attention, s.lse, s.q, s.k, s.v,
                        Tensor(), shape);
  op.rope(ctx, dq_, batch.positions, model.rope_table_, c.rope_style, true);
  op.rope(ctx, dk_, batch.positions, model.rope_table_, c.rope_style, true);
  const Tensor dq = dq_.reshape({rows, c.query_size()});
  const Tensor dk = dk_.reshape({rows, c.key_size()}), dv = dv_.reshape({rows, c.key_size()});
  dw(Slot::kQuery, dq, s.norm1);
  dw(Slot::kKey, dk, s.norm1);
  dw(Slot::kValue, dv, s.norm1);
  op.matmul_dx(ctx, dnorm_, dq, w(Slot::kQuery), false);
  op.matmul_dx(ctx, dnorm_, dk, w(Slot::kKey), true);
  op.matmul_dx(ctx, dnorm_, dv, w(Slot::kValue), true);
  op.rmsnorm_backward(ctx, dresidual_, gradients.at(Slot::kAttentionNorm, l), dnorm_, s.residual1,
                      s.rstd1, w(Slot::kAttentionNorm));
}

}  // namespace lucie
