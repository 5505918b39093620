#include "model/decoder.h"

#include <array>
#include <numeric>

#include "base/error.h"
#include "model/product_scope.h"

namespace lucie {

Decoder::Decoder(Context& ctx, ModelConfig config, Parameters weights)
    : config_(std::move(config)), weights_(std::move(weights)) {
  const std::int64_t positions = config_.max_position_embeddings;
  if (config_.rope.dims > 0) {
    const std::vector<float> frequencies = rope_frequencies(config_.rope, 0, positions);
    rope_table_ = ctx.upload(DType::kF32, {positions, config_.rope.dims},
                             rope_table(config_.rope, frequencies, 0, positions));
  }
  if (config_.alibi) {
    alibi_table_ =
        ctx.upload(DType::kF32, {config_.num_attention_heads, positions},
                   alibi_table(config_.num_attention_heads, positions, config_.attention_scale));
  }
}

Decoder Decoder::with_rope(Context& ctx, double theta, std::int64_t max_positions) const {
  ModelConfig config = config_;
  config.rope.theta = theta;
  config.max_position_embeddings = max_positions;
  return Decoder(ctx, config, weights_);
}

// What the steps of a layer share.
struct Decoder::LayerPass {
  Context& ctx;
  std::int64_t layer;
  const Batch& batch;
  const Positions& positions;
  LayerSlots s;
  Tensor branch;  // (N, C): a branch's output, to be added to the stream
  const Tap& tap;

  std::int64_t rows() const { return batch.rows(); }
  void see(const char* name, const Tensor& value) const {
    if (tap) tap("layers." + std::to_string(layer) + "." + name, value);
  }
};

namespace {

void project(Context& ctx, const Tensor& y, const Tensor& x, const Affine& w,
             bool accumulate = false) {
  ctx.op().matmul(ctx, y, x, w.weight, w.bias, accumulate);
}

}  // namespace

Projection Decoder::projection(Slot slot, std::int64_t layer, const Tensor& y) const {
  const Affine w = weights_.affine(slot, layer);
  return {y, w.weight, w.bias};
}

AttentionShape Decoder::attention_shape(const Batch& batch) const {
  return {.batch = batch.batch,
          .queries = batch.time,
          .heads = config_.num_attention_heads,
          .kv_heads = config_.num_key_value_heads,
          .head_dim = config_.head_dim,
          .scale = static_cast<float>(config_.attention_scale)};
}

Decoder::Positions Decoder::positions(Context& ctx, const Batch& batch) const {
  Tensor first;  // attention over a cache knows the window itself
  if (batch.cache == nullptr) first = first_keys(ctx, batch, config_.sliding_window);
  const std::int64_t window = config_.max_position_embeddings;
  if (config_.rope.type != RopeType::kDynamic || batch.longest <= window) {
    return {rope_table_, batch.positions, first};
  }
  // Angles of each sequence's length, for its rows only. Keys that are cached keep theirs.
  std::vector<float> table;
  std::vector<std::int32_t> rows(static_cast<std::size_t>(batch.rows()));
  std::iota(rows.begin(), rows.end(), 0);
  for (const Batch::Piece& piece : batch.pieces) {
    const std::vector<float> frequencies =
        rope_frequencies(config_.rope, piece.past + piece.count, window);
    const std::vector<float> angles =
        rope_table(config_.rope, frequencies, piece.past, piece.count);
    table.insert(table.end(), angles.begin(), angles.end());
  }
  return {ctx.upload(DType::kF32, {batch.rows(), config_.rope.dims}, table),
          ctx.upload({batch.rows()}, rows), first};
}

void Decoder::forward(Context& ctx, const Batch& batch, Activations& activations,
                      const Tap& tap) const {
  // Dynamic scaling follows any length; every other kind has a table that ends.
  if (config_.rope.type != RopeType::kDynamic && batch.longest > config_.max_position_embeddings) {
    fail(ErrorCode::kInvalidArgument,
         "sequence of " + std::to_string(batch.longest) + " tokens, the model's window has " +
             std::to_string(config_.max_position_embeddings),
         {}, "shorten the text, or extend the context in training");
  }
  const Ops& op = ctx.op();
  const std::int64_t rows = batch.rows();
  const Tensor embedding = activations.embedding(rows), branch = activations.branch(rows);
  op.gather_rows(ctx, embedding, weights_.at(Slot::kEmbedding), batch.ids);
  if (config_.embedding_multiplier != 1) {
    op.scale(ctx, embedding, static_cast<float>(config_.embedding_multiplier));
  }
  if (tap) tap("embedding", embedding);
  const Positions places = positions(ctx, batch);
  Tensor x = embedding;
  for (std::int64_t layer = 0; layer < config_.num_hidden_layers; ++layer) {
    const LayerPass pass{ctx, layer, batch, places, activations.layer(layer, rows), branch, tap};
    enter_branch(pass, Slot::kAttentionNorm, x, layer == 0 ? Tensor() : branch);
    layer_forward(pass);
    mlp_out(pass, config_.parallel_residual);
    leave_branch(pass, Slot::kMlpNorm);
    pass.see("mlp_out", branch);
    x = outgoing(pass.s);
  }
  const Tensor result = activations.final_norm(rows);
  norm_forward(ctx, config_, result, activations.final_state(rows), x, branch,
               weights_.affine(Slot::kFinalNorm));
  if (tap) tap("final_norm", result);
  if (config_.logit_multiplier != 1) {
    op.scale(ctx, result, static_cast<float>(config_.logit_multiplier));
  }
}

// From attention's input to the MLP's last projection, which is left out.
void Decoder::layer_forward(const LayerPass& pass) const {
  pass.see("attention_norm", pass.s.norm1);
  attention_branch(pass);
  if (!config_.parallel_residual) {
    leave_branch(pass, Slot::kAttentionNorm);
    enter_branch(pass, Slot::kMlpNorm, pass.s.residual1, pass.branch);
  } else if (!config_.shared_norm) {
    enter_branch(pass, Slot::kMlpNorm, pass.s.residual1, Tensor());
  }
  pass.see("mlp_norm", mlp_input(pass.s));
  mlp_hidden(pass);
}

// The forward pass again, from the stream that enters the layer, or from all that a product made.
void Decoder::remake(Context& ctx, std::int64_t layer, const Batch& batch,
                     const Positions& positions, const Activations& activations) const {
  if (activations.keep() == Activations::Keep::kAllLayers) return;
  const std::int64_t rows = batch.rows();
  const Tap no_tap;
  const LayerPass pass{
      ctx,   layer, batch, positions, activations.layer(layer, rows), activations.branch(rows),
      no_tap};
  remake_input(pass, Slot::kAttentionNorm);
  if (activations.keep() == Activations::Keep::kStreams) {
    layer_forward(pass);
    if (config_.norm_site == NormSite::kBefore) return;
    mlp_out(pass, false);
    return leave_branch(pass, Slot::kMlpNorm);
  }
  if (!config_.shared_norm) remake_input(pass, Slot::kMlpNorm);
  mlp_activation(pass);
}

// A branch's input, from the stream that its norm reads.
void Decoder::remake_input(const LayerPass& pass, Slot norm) const {
  const LayerSlots& s = pass.s;
  const bool first = norm == Slot::kAttentionNorm;
  const Tensor& stream = first ? s.residual1 : outgoing(s);
  const Tensor& input = first ? s.norm1 : s.norm2;
  if (config_.norm_site == NormSite::kAfter) return pass.ctx.op().copy(pass.ctx, input, stream);
  const NormState state{{}, first ? s.mean1 : s.mean2, first ? s.rstd1 : s.rstd2};
  norm_forward(pass.ctx, config_, input, state, stream, {}, weights_.affine(norm, pass.layer));
}

// Adds the branch before to the stream and makes the input of the next: a norm, with which the add
// is fused, or where norms stand after the branches, the stream itself.
void Decoder::enter_branch(const LayerPass& pass, Slot norm, const Tensor& x,
                           const Tensor& branch) const {
  const LayerSlots& s = pass.s;
  const bool first = norm == Slot::kAttentionNorm;
  const Tensor& residual = first ? s.residual1 : s.residual2;
  const Tensor& input = first ? s.norm1 : s.norm2;
  if (config_.norm_site == NormSite::kBefore) {
    const NormState state{residual, first ? s.mean1 : s.mean2, first ? s.rstd1 : s.rstd2};
    return norm_forward(pass.ctx, config_, input, state, x, branch,
                        weights_.affine(norm, pass.layer));
  }
  if (branch.defined()) {
    pass.ctx.op().add(pass.ctx, residual, x, branch);
  } else {
    pass.ctx.op().copy(pass.ctx, residual, x);
  }
  pass.ctx.op().copy(pass.ctx, input, residual);
}

// The norm after a branch, where there is one.
void Decoder::leave_branch(const LayerPass& pass, Slot norm) const {
  if (config_.norm_site == NormSite::kBefore) return;
  const LayerSlots& s = pass.s;
  const bool first = norm == Slot::kAttentionNorm;
  const NormState state{{}, first ? s.mean1 : s.mean2, first ? s.rstd1 : s.rstd2};
  norm_forward(pass.ctx, config_, pass.branch, state, first ? s.raw1 : s.raw2, {},
               weights_.affine(norm, pass.layer));
}

void Decoder::project_attention(const LayerPass& pass) const {
  Context& ctx = pass.ctx;
  const LayerSlots& s = pass.s;
  const Tensor q = s.q.reshape({pass.rows(), config_.query_size()});
  const Tensor k = s.k.reshape({pass.rows(), config_.key_size()});
  const Tensor v = s.v.reshape({pass.rows(), config_.key_size()});
  const bool norms = config_.query_key_norm;
  const std::array products{projection(Slot::kQuery, pass.layer, norms ? s.raw_q : q),
                            projection(Slot::kKey, pass.layer, norms ? s.raw_k : k),
                            projection(Slot::kValue, pass.layer, v)};
  ctx.op().matmuls(ctx, products, s.norm1);
  if (norms) {
    const float eps = static_cast<float>(config_.norm_eps);
    ctx.op().rmsnorm_forward(ctx, q, {}, s.rstd_q, s.raw_q, {},
                             weights_.at(Slot::kQueryNorm, pass.layer), eps);
    ctx.op().rmsnorm_forward(ctx, k, {}, s.rstd_k, s.raw_k, {},
                             weights_.at(Slot::kKeyNorm, pass.layer), eps);
  }
  if (config_.rope.dims > 0) {
    const auto& [table, rows, first] = pass.positions;
    ctx.op().rope(ctx, s.q, rows, table, config_.rope.style, false);
    ctx.op().rope(ctx, s.k, rows, table, config_.rope.style, false);
  }
  pass.see("query", s.q);
  pass.see("key", s.k);
}

void Decoder::attend(const LayerPass& pass) const {
  Context& ctx = pass.ctx;
  const Batch& batch = pass.batch;
  const LayerSlots& s = pass.s;
  if (batch.cache == nullptr) {
    ctx.op().attention_forward(ctx, s.attention, s.lse, s.q, s.k, s.v, alibi_table_,
                               pass.positions.first_keys, attention_shape(batch));
    return;
  }
  const Tensor& keys = batch.cache->keys(pass.layer);
  const Tensor& values = batch.cache->values(pass.layer);
  ctx.op().cache_store(ctx, keys, s.k, batch.slots);
  ctx.op().cache_store(ctx, values, s.v, batch.slots);
  const CacheShape shape{.heads = config_.num_attention_heads,
                         .kv_heads = config_.num_key_value_heads,
                         .head_dim = config_.head_dim,
                         .window = config_.sliding_window,
                         .scale = static_cast<float>(config_.attention_scale)};
  ctx.op().cache_attention(ctx, s.attention, s.q, keys, values, batch.tables, batch.rows_in_cache,
                           alibi_table_, shape);
}

void Decoder::attention_branch(const LayerPass& pass) const {
  Context& ctx = pass.ctx;
  const LayerSlots& s = pass.s;
  project_attention(pass);
  attend(pass);
  pass.see("attention", s.attention);
  const Tensor& out = config_.norm_site == NormSite::kAfter ? s.raw1 : pass.branch;
  project(ctx, out, s.attention, weights_.affine(Slot::kAttentionOut, pass.layer));
  pass.see("attention_out", out);
}

void Decoder::mlp_hidden(const LayerPass& pass) const {
  const LayerSlots& s = pass.s;
  const Tensor& input = mlp_input(s);
  if (s.gate.defined()) {
    const std::array products{projection(Slot::kUp, pass.layer, s.up),
                              projection(Slot::kGate, pass.layer, s.gate)};
    pass.ctx.op().matmuls(pass.ctx, products, input);
  } else {
    project(pass.ctx, s.up, input, weights_.affine(Slot::kUp, pass.layer));
  }
  mlp_activation(pass);
}

void Decoder::mlp_activation(const LayerPass& pass) const {
  const LayerSlots& s = pass.s;
  if (config_.gated_mlp()) return pass.ctx.op().swiglu_forward(pass.ctx, s.hidden, s.gate, s.up);
  const Gelu form = config_.mlp == MlpKind::kGeluTanh ? Gelu::kTanh : Gelu::kErf;
  pass.ctx.op().gelu_forward(pass.ctx, s.hidden, s.up, form);
}

void Decoder::mlp_out(const LayerPass& pass, bool accumulate) const {
  const Tensor& out = config_.norm_site == NormSite::kAfter ? pass.s.raw2 : pass.branch;
  project(pass.ctx, out, pass.s.hidden, weights_.affine(Slot::kDown, pass.layer), accumulate);
}

Tensor Decoder::logits(Context& ctx, const Activations& activations, std::int64_t rows,
                       const Tensor& chosen) const {
  const std::int64_t M = chosen.numel();
  const Tensor picked = ctx.empty(activations.dtype(), {M, config_.hidden_size});
  ctx.op().gather_rows(ctx, picked, activations.final_norm(rows), chosen);
  const Tensor result = ctx.empty(DType::kF32, {M, config_.vocab_size});
  // Errors of this product reach the logits as they are: a third of what rounding would do to them.
  // Of k-quants exact products take twice as long as rounded ones, which is more than that is
  // worth.
  const Tensor& head = weights_.head();
  const bool is_fast = dtype_info(head.dtype()).block <= 32;
  const ProductScope how(ctx, is_fast ? Products::kExact : ctx.products());
  ctx.op().matmul(ctx, result, picked, head, {}, false);
  return result;
}

Tensor Decoder::losses(Context& ctx, const Batch& batch, const Activations& activations) const {
  const Tensor loss = ctx.empty(DType::kF32, {batch.rows()});
  ctx.op().head_loss(ctx, loss, Tensor(), Tensor(), activations.final_norm(batch.rows()),
                     weights_.head(), batch.targets, {0.0f});
  return loss;
}

}  // namespace lucie
