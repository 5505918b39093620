// One optimizer step: forward, backward, accumulation over micro-batches, clipping, AdamW.
//
//   Trainer trainer(ctx, config, make_initial(ctx, config, seed, DType::kF32), DType::kBF16);
//   StepReport report = trainer.step(ctx, source, first_sample, phase, learning_rate);
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/decoder.h"
#include "train/settings.h"

namespace lucie {

// Where samples come from. Sample i is the same for ever: nothing is drawn, nothing is remembered.
class SampleSource {
 public:
  virtual ~SampleSource() = default;
  // In one pass; an index beyond it reads the next pass.
  virtual std::uint64_t samples() const = 0;
  // ids and targets hold sequence_length entries; a negative target carries no loss.
  virtual void read(std::uint64_t index, std::span<std::int32_t> ids,
                    std::span<std::int32_t> targets) const = 0;
  // The first position of the document that each position belongs to: what it sees begins there
  // where a phase masks documents. Dialogues and other samples are one document.
  virtual void read_starts(std::uint64_t /*index*/, std::span<std::int32_t> starts) const {
    std::fill(starts.begin(), starts.end(), 0);
  }
  // Ids of the documents in a sample, where they are known.
  virtual std::vector<std::string> documents(std::uint64_t /*index*/) const { return {}; }
};

// Everything a checkpoint must hold of the optimizer.
struct OptimizerState {
  Parameters master;       // f32
  Parameters m, v;         // AdamW's moments, f32
  std::int64_t steps = 0;  // taken, over all phases
};

struct StepReport {
  double loss = 0;       // mean over the positions with a target, in nats
  double grad_norm = 0;  // before clipping
  std::int64_t targets = 0;
  // What is NaN or infinite, the first of it: "weight X", "activation X", "loss", "gradient of X".
  // Then nothing was updated, and whoever takes steps stops (train/stopped_step.h).
  std::string not_finite;
};

class Trainer {
 public:
  // `compute`: f32, or bf16 (weights and activations; masters, sums and optimizer stay f32).
  // `keep`: of activations for the backward pass, which changes no bit (train/memory.h).
  Trainer(Context& ctx, const ModelConfig& config, OptimizerState state, DType compute,
          Activations::Keep keep = Activations::Keep::kAllLayers);

  const Decoder& model() const { return *model_; }
  const ModelConfig& config() const { return model_->config(); }
  const OptimizerState& state() const { return state_; }
  void set_rope(Context& ctx, double theta, std::int64_t max_positions);

  // Samples first ... first + batch - 1 of the source.
  StepReport step(Context& ctx, const SampleSource& source, std::uint64_t first, std::int64_t batch,
                  const PhaseSettings& phase, double learning_rate);

  // Gradients of the given samples without an update, as `step` computes them: for tests and
  // `inspect`. They stay valid until the next call.
  StepReport gradients(Context& ctx, const SampleSource& source, std::uint64_t first,
                       std::int64_t batch, const PhaseSettings& phase);
  const Parameters& gradients() const { return gradients_; }

 private:
  struct HostBatch;
  void prepare(Context& ctx, std::int64_t rows);
  StepReport gradients(Context& ctx, const HostBatch& host);
  Batch upload(Context& ctx, const HostBatch& host, std::int64_t micro) const;
  std::string find_not_finite(Context& ctx, const HostBatch& host);

  OptimizerState state_;
  DType compute_;
  Activations::Keep keep_;
  Parameters working_;
  std::unique_ptr<Decoder> model_;
  Parameters gradients_;
  std::unique_ptr<Activations> activations_;
  std::unique_ptr<Backward> backward_;
  std::int64_t rows_ = 0;
};

// Zero moments for fresh weights.
OptimizerState fresh_optimizer(Context& ctx, Parameters master);

}  // namespace lucie
