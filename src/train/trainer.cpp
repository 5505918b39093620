#include "train/trainer.h"

#include <cmath>
#include <vector>

#include "base/error.h"

namespace lucie {
namespace {

std::int64_t count_targets(std::span<const std::int32_t> targets) {
  std::int64_t count = 0;
  for (const std::int32_t target : targets) count += target >= 0;
  return count;
}

}  // namespace

OptimizerState fresh_optimizer(Context& ctx, Parameters master) {
  OptimizerState state;
  state.m = make_zeros(ctx, master.specs(), DType::kF32);
  state.v = make_zeros(ctx, master.specs(), DType::kF32);
  state.master = std::move(master);
  return state;
}

Trainer::Trainer(Context& ctx, const ModelConfig& config, OptimizerState state, DType compute,
                 Activations::Keep keep)
    : state_(std::move(state)),
      compute_(compute),
      keep_(keep),
      working_(make_working_copy(ctx, state_.master, compute)),
      model_(std::make_unique<Decoder>(ctx, config, working_)),
      gradients_(make_zeros(ctx, state_.master.specs(), DType::kF32)) {}

void Trainer::set_rope(Context& ctx, double theta, std::int64_t max_positions) {
  model_ = std::make_unique<Decoder>(model_->with_rope(ctx, theta, max_positions));
}

void Trainer::prepare(Context& ctx, std::int64_t rows) {
  if (rows == rows_) return;
  backward_.reset();
  activations_.reset();
  activations_ = std::make_unique<Activations>(ctx, config(), rows, compute_, keep_);
  backward_ = std::make_unique<Backward>(ctx, config(), rows, compute_);
  rows_ = rows;
}

StepReport Trainer::gradients(Context& ctx, const SampleSource& source, std::uint64_t first,
                              std::int64_t batch, const PhaseSettings& phase) {
  const std::int64_t T = phase.sequence_length, B = phase.micro_batch_size;
  LUCIE_ASSERT(batch % B == 0);
  std::vector<std::int32_t> ids(static_cast<std::size_t>(batch * T)), targets(ids.size());
  for (std::int64_t i = 0; i < batch; ++i) {
    const std::size_t at = static_cast<std::size_t>(i * T), length = static_cast<std::size_t>(T);
    source.read(first + static_cast<std::uint64_t>(i), std::span(ids).subspan(at, length),
                std::span(targets).subspan(at, length));
  }
  std::vector<std::int32_t> starts(phase.document_mask ? ids.size() : 0);
  for (std::int64_t i = 0; phase.document_mask && i < batch; ++i) {
    source.read_starts(
        first + static_cast<std::uint64_t>(i),
        std::span(starts).subspan(static_cast<std::size_t>(i * T), static_cast<std::size_t>(T)));
  }
  StepReport report;
  report.targets = count_targets(targets);
  const float grad_scale = 1.0f / static_cast<float>(std::max<std::int64_t>(1, report.targets));

  prepare(ctx, B * T);
  for (std::size_t i = 0; i < gradients_.size(); ++i) ctx.op().fill(ctx, gradients_[i], 0.0f);
  const Tensor losses = ctx.empty(DType::kF32, {B * T}), total = ctx.zeros(DType::kF32, {1});
  for (std::int64_t micro = 0; micro < batch / B; ++micro) {
    const std::size_t at = static_cast<std::size_t>(micro * B * T);
    const std::size_t length = static_cast<std::size_t>(B * T);
    const Batch data = make_batch(
        ctx, std::span(ids).subspan(at, length), std::span(targets).subspan(at, length), B,
        starts.empty() ? std::span<const std::int32_t>() : std::span(starts).subspan(at, length));
    model_->forward(ctx, data, *activations_);
    backward_->run(ctx, *model_, data, *activations_, gradients_, losses, grad_scale);
    ctx.op().sum(ctx, total, losses, micro > 0);
  }
  report.loss = static_cast<double>(ctx.scalar(total)) * static_cast<double>(grad_scale);
  return report;
}

StepReport Trainer::step(Context& ctx, const SampleSource& source, std::uint64_t first,
                         std::int64_t batch, const PhaseSettings& phase, double learning_rate) {
  StepReport report = gradients(ctx, source, first, batch, phase);
  const Ops& op = ctx.op();
  const Tensor squares = ctx.empty(DType::kF32, {1}), coefficient = ctx.empty(DType::kF32, {1});
  for (std::size_t i = 0; i < gradients_.size(); ++i) {
    op.sum_of_squares(ctx, squares, gradients_[i], i > 0);
  }
  op.clip_coefficient(ctx, coefficient, squares, static_cast<float>(phase.optimizer.clip_grad));
  report.grad_norm = std::sqrt(static_cast<double>(ctx.scalar(squares)));
  if (!std::isfinite(report.loss) || !std::isfinite(report.grad_norm)) {
    fail(ErrorCode::kInternal, "the loss is not finite any more",
         "step " + std::to_string(state_.steps + 1), "lower the learning rate or warm up longer");
  }
  ++state_.steps;
  const OptimizerSettings& o = phase.optimizer;
  AdamwStep adamw{.learning_rate = static_cast<float>(learning_rate),
                  .beta1 = static_cast<float>(o.beta1),
                  .beta2 = static_cast<float>(o.beta2),
                  .eps = static_cast<float>(o.eps),
                  .weight_decay = 0,
                  .step = state_.steps};
  for (std::size_t i = 0; i < gradients_.size(); ++i) {
    const bool own_copy = working_[i].dtype() != DType::kF32;
    const TensorSpec& spec = state_.master.specs()[i];
    adamw.learning_rate = static_cast<float>(learning_rate * spec.lr_multiplier);
    adamw.weight_decay = spec.is_matrix() ? static_cast<float>(o.weight_decay) : 0.0f;
    op.adamw(ctx, state_.master[i], state_.m[i], state_.v[i], own_copy ? working_[i] : Tensor(),
             gradients_[i], coefficient, adamw);
  }
  return report;
}

}  // namespace lucie
