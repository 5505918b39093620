// The one decoder of all families: forward for training and inference, backward for training.
// It reads slots of a parameter table and switches of the config; family names never occur here.
//
//   Decoder model(ctx, config, weights);
//   model.forward(ctx, batch, activations, &cache);     // hidden states of the last layer
//   model.logits(ctx, activations, rows);               // (rows, V)
//
// Letters as in ops.h: N = B*T rows. The residual stream is f32; the inputs of matrix products are
// in the activations' type (f32, or bf16 when training so).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "model/kv_cache.h"
#include "model/parameters.h"

namespace lucie {

// B sequences of T tokens, row by row.
struct Batch {
  std::int64_t batch = 1;  // B
  std::int64_t time = 0;   // T
  Tensor ids;              // (N) i32
  Tensor positions;        // (N) i32, of the rotary table
  Tensor targets;          // (N) i32, negative where no loss; training only
  std::int64_t rows() const { return batch * time; }
};

// `targets` may be empty. Positions run from `past` in every sequence.
Batch make_batch(Context& ctx, std::span<const std::int32_t> ids,
                 std::span<const std::int32_t> targets, std::int64_t batch, std::int64_t past = 0);

// What a forward pass leaves behind. Training keeps one set of slots for every layer; inference
// uses the same set again and again.
struct LayerSlots {
  Tensor residual1, rstd1, norm1;  // (N, C) f32, (N), (N, C)
  Tensor q, k, v, attention, lse;  // (N, H, D), (N, K, D) x 2, (N, H*D), (N, H)
  Tensor residual2, rstd2, norm2;  // as the first three
  Tensor gate, up, hidden;         // (N, F) each
};

class Activations {
 public:
  enum class Keep { kAllLayers, kOneLayer };
  // Room for up to `rows` = B*T rows. dtype: f32 or bf16.
  Activations(Context& ctx, const ModelConfig& config, std::int64_t rows, DType dtype, Keep keep);

  DType dtype() const { return dtype_; }
  std::int64_t capacity_rows() const { return rows_; }
  LayerSlots layer(std::int64_t layer, std::int64_t rows) const;  // windows on `rows` rows
  // Beyond the layers: embedding (N, C) f32, branch (N, C), final residual, rstd and norm.
  Tensor embedding(std::int64_t rows) const { return embedding_.rows(0, rows); }
  Tensor branch(std::int64_t rows) const { return branch_.rows(0, rows); }
  Tensor final_residual(std::int64_t rows) const { return final_residual_.rows(0, rows); }
  Tensor final_rstd(std::int64_t rows) const { return final_rstd_.rows(0, rows); }
  Tensor final_norm(std::int64_t rows) const { return final_norm_.rows(0, rows); }
  // Bytes that such a set takes, without making it: the planner's figure.
  static std::size_t bytes(const ModelConfig& config, std::int64_t rows, DType dtype, Keep keep);

 private:
  DType dtype_;
  std::int64_t rows_;
  std::vector<LayerSlots> layers_;
  Tensor embedding_, branch_, final_residual_, final_rstd_, final_norm_;
};

// Called with the name and value of every named intermediate ("layers.3.attention"), in order:
// what `lucie inspect --activations` shows. Costs nothing when empty.
using Tap = std::function<void(const std::string& name, const Tensor& value)>;

class Decoder {
 public:
  // `weights` may be of any floating or quantized type; norms are f32.
  Decoder(Context& ctx, ModelConfig config, Parameters weights);

  const ModelConfig& config() const { return config_; }
  const Parameters& weights() const { return weights_; }
  // The same weights under another rotary base and window (context extension).
  Decoder with_rope(Context& ctx, double theta, std::int64_t max_positions) const;

  // Fills activations.final_norm. With a cache, B must be 1: keys and values are appended to it and
  // the batch attends to all that it holds.
  void forward(Context& ctx, const Batch& batch, Activations& activations, KvCache* cache = nullptr,
               const Tap& tap = {}) const;
  // Logits (M, V) f32 of the chosen rows (M) i32 of the last forward pass.
  Tensor logits(Context& ctx, const Activations& activations, std::int64_t rows,
                const Tensor& chosen) const;
  // Loss per position (N) f32 of the last forward pass; 0 where masked.
  Tensor losses(Context& ctx, const Batch& batch, const Activations& activations) const;

 private:
  friend class Backward;
  void forward_layer(Context& ctx, std::int64_t layer, const Batch& batch,
                     const Activations& activations, KvCache* cache, const Tap& tap) const;

  ModelConfig config_;
  Parameters weights_;
  Tensor rope_table_;  // (P, D): cosines, then sines
};

// The backward pass of a training forward pass (Keep::kAllLayers, no cache).
class Backward {
 public:
  Backward(Context& ctx, const ModelConfig& config, std::int64_t rows, DType dtype);

  // Adds the gradients of grad_scale * sum(losses) to `gradients` (f32, same table; undefined
  // entries are frozen) and writes the losses (N).
  void run(Context& ctx, const Decoder& model, const Batch& batch, const Activations& activations,
           Parameters& gradients, const Tensor& losses, float grad_scale);

  static std::size_t bytes(const ModelConfig& config, std::int64_t rows, DType dtype);

 private:
  void layer(Context& ctx, const Decoder& model, std::int64_t layer, const Batch& batch,
             const LayerSlots& slots, Parameters& gradients);

  Tensor dresidual_, dnorm_;          // (N, C) f32
  Tensor dbranch_, dfinal_;           // (N, C)
  Tensor dattention_, dq_, dk_, dv_;  // (N, H*D), (N, H, D), (N, K, D) x 2
  Tensor dhidden_, dgate_, dup_;      // (N, F)
};

// Rotary angles (P, D): for position p and pair i, cos and sin of p * theta^(-2i/D), in f64 rounded
// to f32 (Su et al. 2021, eq. 15).
std::vector<float> rope_table(std::int64_t positions, std::int64_t head_dim, double theta);

}  // namespace lucie
