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

auto part(auto& values, std::int64_t begin, std::int64_t count) {
  return std::span(values).subspan(static_cast<std::size_t>(begin),
                                   static_cast<std::size_t>(count));
}

bool is_finite(Context& ctx, const Tensor& x) {
  const std::vector<float> values = ctx.download(x);
  return std::all_of(values.begin(), values.end(),
                     [](float value) { return std::isfinite(value); });
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

// The samples of a step, and how they are cut.
struct Trainer::HostBatch {
  std::int64_t batch, micro_batch, time;
  float z_loss;
  std::vector<std::int32_t> ids, targets, starts;  // starts may be empty

  HostBatch(const SampleSource& source, std::uint64_t first, std::int64_t count,
            const PhaseSettings& phase)
      : batch(count),
        micro_batch(phase.micro_batch_size),
        time(phase.sequence_length),
        z_loss(static_cast<float>(phase.z_loss)) {
    LUCIE_ASSERT(batch % micro_batch == 0);
    ids.resize(static_cast<std::size_t>(batch * time));
    targets.resize(ids.size());
    if (phase.document_mask) starts.resize(ids.size());
    for (std::int64_t i = 0; i < batch; ++i) {
      const std::uint64_t sample = first + static_cast<std::uint64_t>(i);
      source.read(sample, part(ids, i * time, time), part(targets, i * time, time));
      if (phase.document_mask) source.read_starts(sample, part(starts, i * time, time));
    }
  }
  std::int64_t rows() const { return micro_batch * time; }
  std::int64_t micros() const { return batch / micro_batch; }
};

Batch Trainer::upload(Context& ctx, const HostBatch& host, std::int64_t micro) const {
  const std::int64_t rows = host.rows(), begin = micro * rows;
  const auto starts =
      host.starts.empty() ? std::span<const std::int32_t>() : part(host.starts, begin, rows);
  return make_batch(ctx, part(host.ids, begin, rows), part(host.targets, begin, rows),
                    host.micro_batch, starts);
}

StepReport Trainer::gradients(Context& ctx, const SampleSource& source, std::uint64_t first,
                              std::int64_t batch, const PhaseSettings& phase) {
  return gradients(ctx, HostBatch(source, first, batch, phase));
}

StepReport Trainer::gradients(Context& ctx, const HostBatch& host) {
  StepReport report;
  report.targets = count_targets(host.targets);
  const float grad_scale = 1.0f / static_cast<float>(std::max<std::int64_t>(1, report.targets));

  prepare(ctx, host.rows());
  for (std::size_t i = 0; i < gradients_.size(); ++i) ctx.op().fill(ctx, gradients_[i], 0.0f);
  const Tensor losses = ctx.empty(DType::kF32, {host.rows()}), total = ctx.zeros(DType::kF32, {1});
  for (std::int64_t micro = 0; micro < host.micros(); ++micro) {
    const Batch data = upload(ctx, host, micro);
    model_->forward(ctx, data, *activations_);
    backward_->run(ctx, *model_, data, *activations_, gradients_, losses,
                   {grad_scale, host.z_loss});
    ctx.op().sum(ctx, total, losses, micro > 0);
  }
  report.loss = static_cast<double>(ctx.scalar(total)) * static_cast<double>(grad_scale);
  return report;
}

StepReport Trainer::step(Context& ctx, const SampleSource& source, std::uint64_t first,
                         std::int64_t batch, const PhaseSettings& phase, double learning_rate) {
  const HostBatch host(source, first, batch, phase);
  StepReport report = gradients(ctx, host);
  const Ops& op = ctx.op();
  const Tensor squares = ctx.empty(DType::kF32, {1}), coefficient = ctx.empty(DType::kF32, {1});
  for (std::size_t i = 0; i < gradients_.size(); ++i) {
    op.sum_of_squares(ctx, squares, gradients_[i], i > 0);
  }
  op.clip_coefficient(ctx, coefficient, squares, static_cast<float>(phase.optimizer.clip_grad));
  report.grad_norm = std::sqrt(static_cast<double>(ctx.scalar(squares)));
  if (!std::isfinite(report.loss) || !std::isfinite(report.grad_norm)) {
    report.not_finite = find_not_finite(ctx, host);
    return report;
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

// Where it begins: weights, then the forward pass, then the backward pass from its end.
std::string Trainer::find_not_finite(Context& ctx, const HostBatch& host) {
  const std::vector<TensorSpec>& specs = state_.master.specs();
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (!is_finite(ctx, state_.master[i])) return "weight " + specs[i].name;
  }
  std::string found;
  for (std::int64_t micro = 0; micro < host.micros() && found.empty(); ++micro) {
    const Batch data = upload(ctx, host, micro);
    model_->forward(ctx, data, *activations_, [&](const std::string& name, const Tensor& value) {
      if (found.empty() && !is_finite(ctx, value)) found = "activation " + name;
    });
    if (found.empty() && !is_finite(ctx, model_->losses(ctx, data, *activations_))) found = "loss";
  }
  if (!found.empty()) return found;
  for (std::size_t i = specs.size(); i-- > 0;) {
    if (!is_finite(ctx, gradients_[i])) return "gradient of " + specs[i].name;
  }
  return "the norm of all gradients";
}

}  // namespace lucie
