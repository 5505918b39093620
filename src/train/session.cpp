#include "train/session.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdio>

#include "base/cancel.h"
#include "base/discard.h"
#include "base/error.h"
#include "base/log.h"
#include "base/machine_memory.h"
#include "base/text.h"
#include "train/memory.h"
#include "train/stopped_step.h"

namespace lucie {
namespace {

// The history travels in every checkpoint: a long run keeps only so many of its steps there (all of
// them are in the metrics file).
constexpr std::int64_t kHistorySteps = 2000;

class Session {
 public:
  Session(Context& ctx, const SessionInput& input, const SessionHooks& hooks)
      : ctx_(ctx), input_(input), hooks_(hooks) {}

  SessionResult run();

 private:
  void start();
  Activations::Keep plan_memory() const;
  void run_phase(const PhaseSettings& phase);
  void take_step(const PhaseSettings& phase, const SampleSource& source, std::int64_t batch);
  void record(const char* list, Json entry);
  void evaluate(const PhaseSettings& phase);
  void write_diary(bool last);
  void save();
  void prune() const;
  bool at_last_step() const {
    return input_.last_step > 0 && trainer_->state().steps >= input_.last_step;
  }

  Context& ctx_;
  const SessionInput& input_;
  const SessionHooks& hooks_;
  std::unique_ptr<Trainer> trainer_;
  TrainPosition position_;
  Json history_ = Json::object();
  std::int64_t stride_ = 1;  // every stride-th step stands in the history
  double last_loss_ = 0;
};

// Before anything is allocated: fails when it would not fit.
Activations::Keep Session::plan_memory() const {
  const TrainingShape shape{input_.config, input_.compute, ctx_.device(), ctx_.pool().size()};
  const MemoryPlan plan = fit_memory(shape, input_.settings, memory_budget(input_.settings));
  const auto bytes = [](std::size_t count) { return human_bytes(static_cast<double>(count)); };
  log_info("memory of training: " + bytes(resident_memory() + plan.total()) +
           " at its peak (weights " + bytes(plan.weights) + ", optimizer " + bytes(plan.optimizer) +
           ", activations " + bytes(plan.activations) +
           " with recompute: " + recompute_name(plan.keep) + ")");
  return plan.keep;
}

void Session::start() {
  std::int64_t planned = 0;
  for (const PhaseSettings& phase : input_.settings.phases) planned += phase_extent(phase).steps;
  stride_ = std::max<std::int64_t>(1, planned / kHistorySteps);
  const Activations::Keep keep = plan_memory();
  discard_stopped_steps(input_.checkpoints);
  const auto newest = newest_checkpoint(input_.checkpoints);
  if (!newest) {
    Parameters weights = input_.initial.size() > 0
                             ? input_.initial
                             : make_initial(ctx_, input_.config, input_.seed, DType::kF32);
    trainer_ = std::make_unique<Trainer>(
        ctx_, input_.config, fresh_optimizer(ctx_, std::move(weights)), input_.compute, keep);
    position_.data_hash = input_.data_hash;
    for (const char* list : {"steps", "evaluations", "diary", "phase_ends"}) {
      history_[list] = Json::array();
    }
    return;
  }
  Checkpoint checkpoint = load_checkpoint(ctx_, *newest);
  if (checkpoint.position.data_hash != input_.data_hash) {
    fail(ErrorCode::kMismatch, "the checkpoint was trained on other tokens", newest->string(),
         "restore the tokens it names, or start a new run");
  }
  log_info("resuming from " + newest->string());
  position_ = checkpoint.position;
  history_ = checkpoint.history;
  trainer_ = std::make_unique<Trainer>(ctx_, checkpoint.config, std::move(checkpoint.optimizer),
                                       input_.compute, keep);
  prune();  // a kill may have come between a save and this
}

SessionResult Session::run() {
  start();
  if (trainer_->state().steps == 0 && position_.phase_samples == 0 && position_.phase == 0) {
    write_diary(false);
  }
  const auto phases = static_cast<std::int64_t>(input_.settings.phases.size());
  while (position_.phase < phases && !at_last_step()) {
    run_phase(input_.settings.phases[static_cast<std::size_t>(position_.phase)]);
  }
  SessionResult result;
  result.checkpoint = input_.checkpoints / checkpoint_name(trainer_->state().steps);
  result.history = history_;
  result.steps = trainer_->state().steps;
  result.tokens = position_.tokens;
  return result;
}

void Session::run_phase(const PhaseSettings& phase) {
  if (hooks_.on_extend && phase.sequence_length > trainer_->config().max_position_embeddings) {
    const Decoder before =
        trainer_->model().with_rope(ctx_, trainer_->config().rope.theta, phase.sequence_length);
    record("evaluations", hooks_.on_extend(before, phase));
  }
  const double theta = phase.rope_theta > 0 ? phase.rope_theta : trainer_->config().rope.theta;
  trainer_->set_rope(ctx_, theta,
                     std::max(phase.sequence_length, trainer_->config().max_position_embeddings));
  const PhaseExtent extent = phase_extent(phase);
  if (extent.steps > 0) {
    const std::unique_ptr<SampleSource> source = input_.samples(phase);
    if (source->samples() == 0) {
      fail(ErrorCode::kInvalidArgument,
           "no document is long enough for one sample of " + std::to_string(phase.sequence_length) +
               " tokens",
           "phase " + phase.name, "add text or shorten sequence_length");
    }
    Progress progress("train " + phase.name, static_cast<std::uint64_t>(extent.tokens), "tok");
    progress.add(static_cast<std::uint64_t>(position_.phase_samples * phase.sequence_length));
    if (position_.phase_samples == 0) evaluate(phase);
    while (position_.phase_samples < extent.samples) {
      const std::int64_t batch = std::min(batch_size_at(phase, position_.phase_samples),
                                          extent.samples - position_.phase_samples);
      take_step(phase, *source, batch);
      char note[32];
      std::snprintf(note, sizeof note, "loss %.3f", last_loss_);
      progress.add(static_cast<std::uint64_t>(batch * phase.sequence_length), note);
      if (position_.phase_samples < extent.samples) {
        if (at_last_step()) return save();
        const std::int64_t step = trainer_->state().steps;
        if (step % input_.settings.eval_interval == 0) evaluate(phase);
        if (step % input_.settings.save_interval == 0) save();
        if (cancel_requested()) {
          save();
          check_cancelled();
        }
      }
    }
    evaluate(phase);
  }
  ++position_.phase;
  position_.phase_samples = 0;
  history_["phase_ends"].push_back(trainer_->state().steps);
  if (position_.phase == static_cast<std::int64_t>(input_.settings.phases.size())) {
    write_diary(true);
  }
  save();
}

void Session::take_step(const PhaseSettings& phase, const SampleSource& source,
                        std::int64_t batch) {
  const auto begin = std::chrono::steady_clock::now();
  const std::int64_t consumed = (position_.phase_samples + batch) * phase.sequence_length;
  const double rate = learning_rate_at(phase, consumed);
  const auto first = static_cast<std::uint64_t>(position_.phase_samples);
  const StepReport report = trainer_->step(ctx_, source, first, batch, phase, rate);
  if (!report.not_finite.empty()) {
    stop_at({phase, source, first, batch, trainer_->state().steps + 1, rate, report},
            input_.checkpoints);
  }
  position_.phase_samples += batch;
  position_.tokens += batch * phase.sequence_length;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;

  const std::int64_t step = trainer_->state().steps;
  last_loss_ = report.loss;
  if (step % stride_ == 0) {
    Json entry = Json::object();
    entry["step"] = step;
    entry["phase"] = phase.name;
    entry["tokens"] = position_.tokens;
    entry["loss"] = report.loss;
    entry["grad_norm"] = report.grad_norm;
    entry["learning_rate"] = rate;
    record("steps", std::move(entry));
  }
  if (hooks_.on_step) {
    hooks_.on_step({phase, step, position_.tokens, rate, report, elapsed.count()});
  }
  if (std::has_single_bit(static_cast<std::uint64_t>(step))) write_diary(false);
}

void Session::record(const char* list, Json entry) {
  if (!entry.is_null()) history_[list].push_back(std::move(entry));
}

void Session::evaluate(const PhaseSettings& phase) {
  if (hooks_.on_evaluate) {
    record("evaluations", hooks_.on_evaluate(trainer_->model(), phase, trainer_->state().steps));
  }
}

void Session::write_diary(bool last) {
  if (!hooks_.on_diary) return;
  const std::int64_t step = trainer_->state().steps;
  const auto& diary = history_["diary"].items();
  if (last && !diary.empty() && diary.back().at("step").as_int() == step) return;
  record("diary", hooks_.on_diary(trainer_->model(), step));
}

void Session::save() {
  const fs::path path = input_.checkpoints / checkpoint_name(trainer_->state().steps);
  if (fs::exists(path)) discard_folder(path);  // the phase moved on without a step
  fs::create_directories(input_.checkpoints);
  save_checkpoint(ctx_, path, trainer_->config(), trainer_->state(), position_, history_);
  prune();
}

void Session::prune() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(input_.checkpoints)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("step-")) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  for (const Json& step : history_.at("phase_ends").items()) {
    std::erase(names, checkpoint_name(step.as_int()));
  }
  for (std::size_t i = 0; i + static_cast<std::size_t>(input_.keep_last) < names.size(); ++i) {
    discard_folder(input_.checkpoints / names[i]);
  }
}

}  // namespace

SessionResult run_session(Context& ctx, const SessionInput& input, const SessionHooks& hooks) {
  return Session(ctx, input, hooks).run();
}

}  // namespace lucie
