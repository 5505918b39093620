// The backward pass, layer by layer, mirroring decoder.cpp. Every residual add sends its gradient
// on unchanged, so `dresidual_` runs down the stream and each norm adds to it.
#include "base/error.h"
#include "model/decoder.h"

namespace lucie {

// Every tensor with its shape, in one list that both allocation and planning read.
void Backward::visit(const ModelConfig& c, std::int64_t rows, DType dtype,
                     const std::function<void(Tensor Backward::*, DType, Shape)>& body) {
  const std::int64_t F = c.intermediate_size, D = c.head_dim;
  const std::int64_t H = c.num_attention_heads, K = c.num_key_value_heads;
  const Shape stream{rows, c.hidden_size}, hidden{rows, F}, key{rows, K, D};
  body(&Backward::dresidual_, DType::kF32, stream);
  body(&Backward::dnorm_, DType::kF32, stream);
  body(&Backward::dbranch_, dtype, stream);
  body(&Backward::dfinal_, dtype, stream);
  body(&Backward::dattention_, dtype, {rows, H * D});
  body(&Backward::dq_, dtype, {rows, H, D});
  body(&Backward::dk_, dtype, key);
  body(&Backward::dv_, dtype, key);
  body(&Backward::dhidden_, dtype, hidden);
  body(&Backward::dup_, dtype, hidden);
  if (c.gated_mlp()) body(&Backward::dgate_, dtype, hidden);
  if (c.norm_site == NormSite::kAfter) body(&Backward::draw_, DType::kF32, stream);
  if (c.query_key_norm) {
    body(&Backward::draw_q_, DType::kF32, {rows, H * D});
    body(&Backward::draw_k_, DType::kF32, {rows, K * D});
  }
}

Backward::Backward(Context& ctx, const ModelConfig& c, std::int64_t rows, DType dtype) {
  Arena arena(ctx, bytes(c, rows, dtype));
  visit(c, rows, dtype, [&](Tensor Backward::*tensor, DType type, Shape shape) {
    this->*tensor = arena.take(type, shape);
  });
}

std::size_t Backward::bytes(const ModelConfig& c, std::int64_t rows, DType dtype) {
  std::size_t bytes = 0;
  visit(c, rows, dtype,
        [&](Tensor Backward::*, DType type, Shape shape) { bytes += Arena::room(type, shape); });
  return bytes;
}

// What the steps of a layer share.
struct Backward::LayerPass {
  Context& ctx;
  const Decoder& model;
  std::int64_t layer;
  const Batch& batch;
  const Decoder::Positions& positions;
  LayerSlots s;
  Parameters& gradients;

  const ModelConfig& config() const { return model.config_; }
  const Tensor& weight(Slot slot) const { return model.weights_.at(slot, layer); }
  Affine affine(Slot slot) const { return model.weights_.affine(slot, layer); }
  const Tensor& gradient(Slot slot) const { return gradients.at(slot, layer); }
};

void Backward::run(Context& ctx, const Decoder& model, const Batch& batch,
                   const Activations& activations, Parameters& gradients, const Tensor& losses,
                   const LossGradient& wanted) {
  const Ops& op = ctx.op();
  const ModelConfig& c = model.config_;
  const std::int64_t rows = batch.rows();
  LUCIE_ASSERT(rows == dresidual_.dim(0));
  LUCIE_ASSERT(activations.keep() != Activations::Keep::kOneLayer);
  const Parameters& w = model.weights_;
  op.head_loss(ctx, losses, dfinal_, gradients.head(), activations.final_norm(rows), w.head(),
               batch.targets, wanted);
  if (c.logit_multiplier != 1) op.scale(ctx, dfinal_, static_cast<float>(c.logit_multiplier));
  op.fill(ctx, dresidual_, 0.0f);
  norm_backward(ctx, c, dresidual_, gradients.affine(Slot::kFinalNorm), dfinal_,
                activations.final_state(rows), w.affine(Slot::kFinalNorm));
  const Decoder::Positions positions = model.positions(ctx, batch);
  for (std::int64_t l = c.num_hidden_layers - 1; l >= 0; --l) {
    // The last layer's slots are as the forward pass left them, shared or not.
    if (l + 1 < c.num_hidden_layers) model.remake(ctx, l, batch, positions, activations);
    layer({ctx, model, l, batch, positions, activations.layer(l, rows), gradients});
  }
  if (c.embedding_multiplier != 1) {
    op.scale(ctx, dresidual_, static_cast<float>(c.embedding_multiplier));
  }
  if (const Tensor& dembedding = gradients.at(Slot::kEmbedding); dembedding.defined()) {
    op.gather_rows_backward(ctx, dembedding, dresidual_, batch.ids);
  }
}

void Backward::layer(const LayerPass& pass) {
  const ModelConfig& c = pass.config();
  // Side by side, both branches get the gradient of the same sum.
  enter_branch(pass, Slot::kMlpNorm);
  mlp(pass, c.shared_norm ? pass.s.norm1 : pass.s.norm2);
  if (!c.shared_norm) leave_branch(pass, Slot::kMlpNorm);
  if (!c.parallel_residual) enter_branch(pass, Slot::kAttentionNorm);
  attention(pass, c.shared_norm);
  leave_branch(pass, Slot::kAttentionNorm);
}

void Backward::enter_branch(const LayerPass& pass, Slot norm) {
  const Ops& op = pass.ctx.op();
  op.copy(pass.ctx, dbranch_, dresidual_);
  if (pass.config().norm_site == NormSite::kBefore) return;
  const bool first = norm == Slot::kAttentionNorm;
  const LayerSlots& s = pass.s;
  const NormState state{first ? s.raw1 : s.raw2, first ? s.mean1 : s.mean2,
                        first ? s.rstd1 : s.rstd2};
  op.fill(pass.ctx, draw_, 0.0f);
  norm_backward(pass.ctx, pass.config(), draw_, pass.gradients.affine(norm, pass.layer), dbranch_,
                state, pass.affine(norm));
  op.copy(pass.ctx, dbranch_, draw_);
}

void Backward::leave_branch(const LayerPass& pass, Slot norm) {
  const LayerSlots& s = pass.s;
  if (pass.config().norm_site == NormSite::kAfter) {
    return pass.ctx.op().add(pass.ctx, dresidual_, dresidual_, dnorm_);
  }
  const bool first = norm == Slot::kAttentionNorm;
  const Tensor& stream = first || pass.config().parallel_residual ? s.residual1 : s.residual2;
  const NormState state{stream, first ? s.mean1 : s.mean2, first ? s.rstd1 : s.rstd2};
  norm_backward(pass.ctx, pass.config(), dresidual_, pass.gradients.affine(norm, pass.layer),
                dnorm_, state, pass.affine(norm));
}

// dx = dy w and the gradients of w and its bias, where they are not frozen.
void Backward::projection(const LayerPass& pass, Slot slot, const Tensor& dx, const Tensor& dy,
                          const Tensor& x, bool accumulate) {
  const Ops& op = pass.ctx.op();
  const Affine gradient = pass.gradients.affine(slot, pass.layer);
  if (gradient.weight.defined()) op.matmul_dw(pass.ctx, gradient.weight, dy, x);
  if (gradient.bias.defined()) op.bias_backward(pass.ctx, gradient.bias, dy);
  op.matmul_dx(pass.ctx, dx, dy, pass.weight(slot), accumulate);
}

void Backward::mlp(const LayerPass& pass, const Tensor& input) {
  const Ops& op = pass.ctx.op();
  const LayerSlots& s = pass.s;
  projection(pass, Slot::kDown, dhidden_, dbranch_, s.hidden, false);
  if (pass.config().gated_mlp()) {
    op.swiglu_backward(pass.ctx, dgate_, dup_, dhidden_, s.gate, s.up);
    projection(pass, Slot::kGate, dnorm_, dgate_, input, false);
    projection(pass, Slot::kUp, dnorm_, dup_, input, true);
  } else {
    const Gelu form = pass.config().mlp == MlpKind::kGeluTanh ? Gelu::kTanh : Gelu::kErf;
    op.gelu_backward(pass.ctx, dup_, dhidden_, s.up, form);
    projection(pass, Slot::kUp, dnorm_, dup_, input, false);
  }
}

void Backward::attention(const LayerPass& pass, bool accumulate) {
  Context& ctx = pass.ctx;
  const Ops& op = ctx.op();
  const ModelConfig& c = pass.config();
  const LayerSlots& s = pass.s;
  projection(pass, Slot::kAttentionOut, dattention_, dbranch_, s.attention, false);
  op.attention_backward(ctx, dq_, dk_, dv_, dattention_, s.attention, s.lse, s.q, s.k, s.v,
                        pass.model.alibi_table_, pass.positions.first_keys,
                        pass.model.attention_shape(pass.batch));
  if (c.rope.dims > 0) {
    const auto& [table, rows, first] = pass.positions;
    op.rope(ctx, dq_, rows, table, c.rope.style, true);
    op.rope(ctx, dk_, rows, table, c.rope.style, true);
  }
  if (c.query_key_norm) through_query_key_norm(pass);
  const std::int64_t rows = pass.batch.rows();
  const auto flat = [&](const Tensor& x) { return x.reshape({rows, x.numel() / rows}); };
  projection(pass, Slot::kQuery, dnorm_, flat(dq_), s.norm1, accumulate);
  projection(pass, Slot::kKey, dnorm_, flat(dk_), s.norm1, true);
  projection(pass, Slot::kValue, dnorm_, flat(dv_), s.norm1, true);
}

// dq_ and dk_ from behind the norms of queries and keys to before them.
void Backward::through_query_key_norm(const LayerPass& pass) {
  Context& ctx = pass.ctx;
  const Ops& op = ctx.op();
  const LayerSlots& s = pass.s;
  const auto through = [&](Slot norm, const Tensor& raw, const Tensor& rstd, const Tensor& draw,
                           const Tensor& dy) {
    op.fill(ctx, draw, 0.0f);
    op.rmsnorm_backward(ctx, draw, pass.gradient(norm), dy.reshape(draw.shape()), raw, rstd,
                        pass.weight(norm));
    op.copy(ctx, dy, draw);
  };
  through(Slot::kQueryNorm, s.raw_q, s.rstd_q, draw_q_, dq_);
  through(Slot::kKeyNorm, s.raw_k, s.rstd_k, draw_k_, dk_);
}

}  // namespace lucie
