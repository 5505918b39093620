// The one decoder of all families: forward for training and inference, backward for training.
// It reads slots of a parameter table and switches of the config; family names never occur here.
//
//   Decoder model(ctx, config, weights);
//   model.forward(ctx, batch, activations);             // hidden states of the last layer
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
#include "model/norm.h"
#include "model/parameters.h"

namespace lucie {

// Tokens row by row: B sequences of T, or pieces of sequences that stand in a cache.
struct Batch {
  std::int64_t batch = 1;    // B
  std::int64_t time = 0;     // T; with a cache, N in all
  Tensor ids;                // (N) i32
  Tensor positions;          // (N) i32, of the rotary table
  Tensor targets;            // (N) i32, negative where no loss; training only
  Tensor starts;             // (N) i32, of a document mask: the first position that each one sees
  std::int64_t longest = 0;  // positions of the longest sequence, with what stood in the cache
  std::int64_t rows() const { return batch * time; }

  struct Piece {
    std::int64_t past, count;  // tokens before it in its sequence, and its own
  };
  std::vector<Piece> pieces;
  const KvCache* cache = nullptr;  // and as ops.h describes them:
  Tensor tables, rows_in_cache, slots;
};

// `targets` and `starts` may be empty. Positions run from 0 in every sequence, with `starts`, which
// never fall within one, in every document.
Batch make_batch(Context& ctx, std::span<const std::int32_t> ids,
                 std::span<const std::int32_t> targets, std::int64_t batch,
                 std::span<const std::int32_t> starts = {});

// Where attention of the whole sequences of a batch begins at each row (N) i32: `starts`, or later
// where a window of so many keys (0: of all) ends before. Undefined: at the first position.
Tensor first_keys(Context& ctx, const Batch& batch, std::int64_t window);

// What follows in one sequence.
struct CachePiece {
  CachedSequence* sequence;
  std::span<const std::int32_t> ids;
};
// Rows that go on where their sequences, each named once and all of one cache, ended. Makes room
// for them there (CachedSequence::append, whose errors it throws, leaving all as it was); the
// forward pass fills it.
Batch make_cached_batch(Context& ctx, std::span<const CachePiece> pieces);

// What a forward pass leaves behind. Training keeps one set of slots for every layer; inference
// uses the same set again and again. Those that the config's switches do not ask for are undefined.
struct LayerSlots {
  Tensor residual1, mean1, rstd1;       // (N, C) f32, (N), (N): the stream as attention finds it
  Tensor norm1;                         // (N, C): attention's input
  Tensor q, k, v, attention, lse;       // (N, H, D), (N, K, D) x 2, (N, H*D), (N, H)
  Tensor raw_q, rstd_q, raw_k, rstd_k;  // (N, H*D) f32, (N), (N, K*D) f32, (N): before their norms
  Tensor residual2, mean2, rstd2;       // as the first three, for the MLP; absent when side by side
  Tensor norm2;                         // (N, C): the MLP's input
  Tensor gate, up, hidden;              // (N, F) each
  Tensor raw1, raw2;  // (N, C) f32: what the branches give, before the norms after them
};

class Activations {
 public:
  // What each layer has slots of its own for; the others are shared by all layers, and the backward
  // pass makes their contents again, with the same bits.
  enum class Keep {
    kAllLayers,  // everything
    kProducts,   // all but what is made without a product: inputs of projections
    kStreams,    // the stream that enters the layer, which is then run again
    kOneLayer,   // nothing: inference
  };
  // Room for up to `rows` = B*T rows, in one block of memory. dtype: f32 or bf16.
  Activations(Context& ctx, const ModelConfig& config, std::int64_t rows, DType dtype, Keep keep);

  DType dtype() const { return dtype_; }
  Keep keep() const { return keep_; }
  std::int64_t capacity_rows() const { return rows_; }
  LayerSlots layer(std::int64_t layer, std::int64_t rows) const;  // windows on `rows` rows
  // Beyond the layers: embedding (N, C) f32, branch (N, C), the final norm and its state.
  Tensor embedding(std::int64_t rows) const { return embedding_.rows(0, rows); }
  Tensor branch(std::int64_t rows) const { return branch_.rows(0, rows); }
  NormState final_state(std::int64_t rows) const;
  Tensor final_norm(std::int64_t rows) const { return final_norm_.rows(0, rows); }
  // Bytes that such a set takes, without making it: the planner's figure.
  static std::size_t bytes(const ModelConfig& config, std::int64_t rows, DType dtype, Keep keep);

 private:
  DType dtype_;
  Keep keep_;
  std::int64_t rows_;
  std::vector<LayerSlots> layers_;
  Tensor embedding_, branch_, final_residual_, final_mean_, final_rstd_, final_norm_;
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

  // Fills activations.final_norm, and the cache of the batch where it has one.
  void forward(Context& ctx, const Batch& batch, Activations& activations,
               const Tap& tap = {}) const;
  // Logits (M, V) f32 of the chosen rows (M) i32 of the last forward pass.
  Tensor logits(Context& ctx, const Activations& activations, std::int64_t rows,
                const Tensor& chosen) const;
  // Loss per position (N) f32 of the last forward pass; 0 where masked.
  Tensor losses(Context& ctx, const Batch& batch, const Activations& activations) const;

 private:
  friend class Backward;
  // Of a batch: angles, in a table (P, r) and the row of it for each position (N) i32; and
  // first_keys().
  struct Positions {
    Tensor table, rows, first_keys;
  };
  struct LayerPass;
  Positions positions(Context& ctx, const Batch& batch) const;
  void enter_branch(const LayerPass& pass, Slot norm, const Tensor& x, const Tensor& branch) const;
  void leave_branch(const LayerPass& pass, Slot norm) const;
  void attention_branch(const LayerPass& pass) const;
  void attend(const LayerPass& pass) const;
  void layer_forward(const LayerPass& pass) const;
  void mlp_hidden(const LayerPass& pass) const;
  void mlp_activation(const LayerPass& pass) const;
  void mlp_out(const LayerPass& pass, bool accumulate) const;
  // For the backward pass: what a layer's shared slots held in the forward pass.
  void remake(Context& ctx, std::int64_t layer, const Batch& batch, const Positions& positions,
              const Activations& activations) const;
  void remake_input(const LayerPass& pass, Slot norm) const;
  void project_attention(const LayerPass& pass) const;
  Projection projection(Slot slot, std::int64_t layer, const Tensor& y) const;
  AttentionShape attention_shape(const Batch& batch) const;
  // The residual stream that a layer hands on; its last branch is still to be added.
  const Tensor& outgoing(const LayerSlots& slots) const {
    return config_.parallel_residual ? slots.residual1 : slots.residual2;
  }
  const Tensor& mlp_input(const LayerSlots& slots) const {
    return config_.shared_norm ? slots.norm1 : slots.norm2;
  }

  ModelConfig config_;
  Parameters weights_;
  Tensor rope_table_;   // (P, r): cosines, then sines; undefined where nothing turns
  Tensor alibi_table_;  // (H, P), undefined without ALiBi
};

// The backward pass of a training forward pass (any Keep but kOneLayer, no cache).
class Backward {
 public:
  Backward(Context& ctx, const ModelConfig& config, std::int64_t rows, DType dtype);

  // Adds the gradients of the losses, as `wanted` asks for them, to `gradients` (f32, same table;
  // undefined entries are frozen) and writes the losses (N).
  void run(Context& ctx, const Decoder& model, const Batch& batch, const Activations& activations,
           Parameters& gradients, const Tensor& losses, const LossGradient& wanted);

  static std::size_t bytes(const ModelConfig& config, std::int64_t rows, DType dtype);

 private:
  struct LayerPass;
  static void visit(const ModelConfig& config, std::int64_t rows, DType dtype,
                    const std::function<void(Tensor Backward::*, DType, Shape)>& body);
  void layer(const LayerPass& pass);
  void mlp(const LayerPass& pass, const Tensor& input);
  void attention(const LayerPass& pass, bool accumulate);
  void through_query_key_norm(const LayerPass& pass);
  // dbranch_ = gradient at the branch's output, from that of the stream that it was added to.
  void enter_branch(const LayerPass& pass, Slot norm);
  // Adds dnorm_, the gradient at the branch's input, to that of the stream.
  void leave_branch(const LayerPass& pass, Slot norm);
  void projection(const LayerPass& pass, Slot slot, const Tensor& dx, const Tensor& dy,
                  const Tensor& x, bool accumulate);

  Tensor dresidual_, dnorm_;          // (N, C) f32
  Tensor draw_q_, draw_k_, draw_;     // (N, H*D), (N, K*D), (N, C) f32: before norms after branches
  Tensor dbranch_, dfinal_;           // (N, C)
  Tensor dattention_, dq_, dk_, dv_;  // (N, H*D), (N, H, D), (N, K, D) x 2
  Tensor dhidden_, dgate_, dup_;      // (N, F)
};

}  // namespace lucie
