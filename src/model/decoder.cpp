#include "model/decoder.h"

#include <cmath>
#include <numeric>

#include "base/error.h"

namespace lucie {

std::vector<float> rope_table(std::int64_t positions, std::int64_t head_dim, double theta) {
  const std::int64_t half = head_dim / 2;
  std::vector<float> table(static_cast<std::size_t>(positions * head_dim));
  for (std::int64_t i = 0; i < half; ++i) {
    // Rounded to f32 where transformers rounds, so that long contexts turn by the same angles.
    const float frequency = static_cast<float>(
        1.0 / std::pow(theta, 2.0 * static_cast<double>(i) / static_cast<double>(head_dim)));
    for (std::int64_t p = 0; p < positions; ++p) {
      const double angle = static_cast<double>(static_cast<float>(p) * frequency);
      const std::size_t at = static_cast<std::size_t>(p * head_dim + i);
      table[at] = static_cast<float>(std::cos(angle));
      table[at + static_cast<std::size_t>(half)] = static_cast<float>(std::sin(angle));
    }
  }
  return table;
}

Batch make_batch(Context& ctx, std::span<const std::int32_t> ids,
                 std::span<const std::int32_t> targets, std::int64_t batch, std::int64_t past) {
  const std::int64_t rows = static_cast<std::int64_t>(ids.size());
  LUCIE_ASSERT(batch > 0 && rows > 0 && rows % batch == 0);
  Batch result{.batch = batch, .time = rows / batch, .ids = {}, .positions = {}, .targets = {}};
  std::vector<std::int32_t> positions(ids.size());
  for (std::size_t n = 0; n < positions.size(); ++n) {
    positions[n] = static_cast<std::int32_t>(past + static_cast<std::int64_t>(n) % result.time);
  }
  result.ids = ctx.upload({rows}, ids);
  result.positions = ctx.upload({rows}, positions);
  if (!targets.empty()) result.targets = ctx.upload({rows}, targets);
  return result;
}

Decoder::Decoder(Context& ctx, ModelConfig config, Parameters weights)
    : config_(std::move(config)), weights_(std::move(weights)) {
  const std::int64_t positions = config_.max_position_embeddings;
  rope_table_ = ctx.upload(DType::kF32, {positions, config_.head_dim},
                           rope_table(positions, config_.head_dim, config_.rope_theta));
}

Decoder Decoder::with_rope(Context& ctx, double theta, std::int64_t max_positions) const {
  ModelConfig config = config_;
  config.rope_theta = theta;
  config.max_position_embeddings = max_positions;
  return Decoder(ctx, config, weights_);
}

void Decoder::forward(Context& ctx, const Batch& batch, Activations& activations, KvCache* cache,
                      const Tap& tap) const {
  const std::int64_t past = cache ? cache->length() : 0;
  if (past + batch.time > config_.max_position_embeddings) {
    fail(ErrorCode::kInvalidArgument,
         "sequence of " + std::to_string(past + batch.time) + " tokens, the model's window has " +
             std::to_string(config_.max_position_embeddings),
         {}, "shorten the text, or extend the context in training");
  }
  LUCIE_ASSERT(!cache || batch.batch == 1);
  if (cache) cache->advance(batch.time);

  const std::int64_t rows = batch.rows();
  const Tensor embedding = activations.embedding(rows);
  ctx.op().gather_rows(ctx, embedding, weights_.at(Slot::kEmbedding), batch.ids);
  if (tap) tap("embedding", embedding);
  for (std::int64_t layer = 0; layer < config_.num_hidden_layers; ++layer) {
    forward_layer(ctx, layer, batch, activations, cache, tap);
  }
  const LayerSlots last = activations.layer(config_.num_hidden_layers - 1, rows);
  ctx.op().rmsnorm_forward(ctx, activations.final_norm(rows), activations.final_residual(rows),
                           activations.final_rstd(rows), last.residual2, activations.branch(rows),
                           weights_.at(Slot::kFinalNorm), static_cast<float>(config_.rms_norm_eps));
  if (tap) tap("final_norm", activations.final_norm(rows));
}

// x += attention(norm(x)); x += mlp(norm(x)). Each residual add happens inside the norm that
// follows it, so a layer ends with its MLP's output waiting in `branch`.
void Decoder::forward_layer(Context& ctx, std::int64_t layer, const Batch& batch,
                            const Activations& activations, KvCache* cache, const Tap& tap) const {
  const Ops& op = ctx.op();
  const std::int64_t rows = batch.rows(), D = config_.head_dim;
  const LayerSlots s = activations.layer(layer, rows);
  const Tensor branch = activations.branch(rows);
  const float eps = static_cast<float>(config_.rms_norm_eps);
  const auto weight = [&](Slot slot) -> const Tensor& { return weights_.at(slot, layer); };
  const auto see = [&](const char* name, const Tensor& value) {
    if (tap) tap("layers." + std::to_string(layer) + "." + name, value);
  };

  const Tensor input =
      layer == 0 ? activations.embedding(rows) : activations.layer(layer - 1, rows).residual2;
  op.rmsnorm_forward(ctx, s.norm1, s.residual1, s.rstd1, input, layer == 0 ? Tensor() : branch,
                     weight(Slot::kAttentionNorm), eps);
  see("attention_norm", s.norm1);
  op.matmul(ctx, s.q.reshape({rows, config_.query_size()}), s.norm1, weight(Slot::kQuery), Tensor(),
            false);
  op.matmul(ctx, s.k.reshape({rows, config_.key_size()}), s.norm1, weight(Slot::kKey), Tensor(),
            false);
  op.matmul(ctx, s.v.reshape({rows, config_.key_size()}), s.norm1, weight(Slot::kValue), Tensor(),
            false);
  op.rope(ctx, s.q, batch.positions, rope_table_, config_.rope_style, false);
  op.rope(ctx, s.k, batch.positions, rope_table_, config_.rope_style, false);
  see("query", s.q);
  see("key", s.k);

  const std::int64_t K = config_.num_key_value_heads, H = config_.num_attention_heads;
  AttentionShape shape{.batch = batch.batch,
                       .queries = batch.time,
                       .keys = batch.time,
                       .heads = H,
                       .kv_heads = K,
                       .head_dim = D,
                       .scale = 1.0f / std::sqrt(static_cast<float>(D))};
  Tensor keys = s.k, values = s.v;
  if (cache) {
    const std::int64_t past = cache->length() - batch.time;
    op.copy(ctx, cache->keys(layer).rows(past, rows), s.k);
    op.copy(ctx, cache->values(layer).rows(past, rows), s.v);
    keys = cache->keys(layer).rows(0, cache->length());
    values = cache->values(layer).rows(0, cache->length());
    shape.keys = cache->length();
  }
  op.attention_forward(ctx, s.attention, s.lse, s.q, keys, values, Tensor(), shape);
  see("attention", s.attention);
  op.matmul(ctx, branch, s.attention, weight(Slot::kAttentionOut), Tensor(), false);
  see("attention_out", branch);

  op.rmsnorm_forward(ctx, s.norm2, s.residual2, s.rstd2, s.residual1, branch,
                     weight(Slot::kMlpNorm), eps);
  see("mlp_norm", s.norm2);
  op.matmul(ctx, s.gate, s.norm2, weight(Slot::kGate), Tensor(), false);
  op.matmul(ctx, s.up, s.norm2, weight(Slot::kUp), Tensor(), false);
  op.swiglu_forward(ctx, s.hidden, s.gate, s.up);
  op.matmul(ctx, branch, s.hidden, weight(Slot::kDown), Tensor(), false);
  see("mlp_out", branch);
}

Tensor Decoder::logits(Context& ctx, const Activations& activations, std::int64_t rows,
                       const Tensor& chosen) const {
  const std::int64_t M = chosen.numel();
  const Tensor picked = ctx.empty(activations.dtype(), {M, config_.hidden_size});
  ctx.op().gather_rows(ctx, picked, activations.final_norm(rows), chosen);
  const Tensor result = ctx.empty(DType::kF32, {M, config_.vocab_size});
  ctx.op().matmul(ctx, result, picked, weights_.head(), Tensor(), false);
  return result;
}

Tensor Decoder::losses(Context& ctx, const Batch& batch, const Activations& activations) const {
  const Tensor loss = ctx.empty(DType::kF32, {batch.rows()});
  ctx.op().head_loss(ctx, loss, Tensor(), Tensor(), activations.final_norm(batch.rows()),
                     weights_.head(), batch.targets, 0.0f);
  return loss;
}

}  // namespace lucie
