#include "train/settings.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "base/text.h"

namespace lucie {
namespace {

std::int64_t count(const Json& json, const char* key, std::int64_t fallback, std::int64_t least) {
  const Json* value = json.find(key);
  if (!value) return fallback;
  const std::int64_t result = value->as_int();
  if (result < least) {
    fail(ErrorCode::kInvalidArgument,
         std::string("'") + key + "' must be at least " + std::to_string(least), value->place());
  }
  return result;
}

double real(const Json& json, const char* key, double fallback, double least, double most) {
  const Json* value = json.find(key);
  if (!value) return fallback;
  const double result = value->as_double();
  if (!(result >= least && result <= most)) {
    fail(ErrorCode::kInvalidArgument, std::string("'") + key + "' is out of range", value->place());
  }
  return result;
}

OptimizerSettings optimizer_settings(const Json& json, OptimizerSettings o) {
  refuse_unknown_keys(json, {"name", "learning_rate", "min_learning_rate", "betas", "eps",
                             "weight_decay", "clip_grad"});
  if (json.get("name", "adamw") != "adamw") {
    fail(ErrorCode::kUnsupported, "the only optimizer is adamw", json.at("name").place());
  }
  o.learning_rate = real(json, "learning_rate", o.learning_rate, 0, 10);
  o.min_learning_rate = real(json, "min_learning_rate", o.min_learning_rate, 0, 10);
  if (const Json* betas = json.find("betas")) {
    if (betas->size() != 2) {
      fail(ErrorCode::kInvalidArgument, "'betas' takes two numbers", betas->place());
    }
    o.beta1 = betas->at(std::size_t{0}).as_double();
    o.beta2 = betas->at(std::size_t{1}).as_double();
  }
  o.eps = real(json, "eps", o.eps, 1e-20, 1);
  o.weight_decay = real(json, "weight_decay", o.weight_decay, 0, 10);
  o.clip_grad = real(json, "clip_grad", o.clip_grad, 1e-6, 1e6);
  return o;
}

// The place of a value among the names of an enumeration, in its order.
std::int64_t named(const Json& value, const char* what, const std::vector<std::string>& names) {
  const auto it = std::find(names.begin(), names.end(), value.as_string());
  if (it == names.end()) {
    fail(ErrorCode::kInvalidArgument,
         std::string("unknown ") + what + " '" + value.as_string() + "'", value.place(),
         "known: " + join(names, ", "));
  }
  return it - names.begin();
}

Recompute recompute_setting(const Json& json) {
  const Json* value = json.find("recompute");
  if (!value) return Recompute::kAuto;
  return static_cast<Recompute>(named(*value, "recompute", {"auto", "none", "selective", "full"}));
}

std::size_t memory_setting(const Json& json) {
  const Json* value = json.find("memory");
  if (!value || (value->is_string() && value->as_string() == "auto")) return 0;
  const auto bytes = parse_bytes(value->is_string() ? value->as_string() : value->dump());
  if (!bytes || *bytes == 0) {
    fail(ErrorCode::kInvalidArgument, "'memory' is no size", value->place(),
         "write it as 8GB or 12GiB, or auto for what the machine has free");
  }
  return *bytes;
}

PhaseSettings phase_settings(const Json& json, PhaseSettings p) {
  refuse_unknown_keys(
      json, {"name", "sequence_length", "micro_batch_size", "global_batch_size", "train_tokens",
             "warmup_tokens", "rampup_batch_size", "schedule", "rope_theta", "learning_rate",
             "min_learning_rate", "optimizer", "mixture", "packing", "document_mask", "z_loss"});
  p.name = json.get("name", "main");
  p.sequence_length = count(json, "sequence_length", p.sequence_length, 1);
  p.micro_batch_size = count(json, "micro_batch_size", p.micro_batch_size, 1);
  p.global_batch_size =
      count(json, "global_batch_size", std::max(p.global_batch_size, p.micro_batch_size), 1);
  p.train_tokens = count(json, "train_tokens", 0, 0);
  p.warmup_tokens = count(json, "warmup_tokens", 0, 0);
  if (const Json* schedule = json.find("schedule")) {
    p.schedule = static_cast<Schedule>(
        named(*schedule, "schedule", {"cosine", "constant", "linear-to-zero"}));
  }
  if (const Json* packing = json.find("packing")) p.packing = packing_from_json(*packing);
  p.document_mask = json.get("document_mask", p.document_mask);
  p.z_loss = real(json, "z_loss", p.z_loss, 0, 1);
  p.rope_theta = real(json, "rope_theta", p.rope_theta, 0, 1e12);
  if (const Json* own = json.find("optimizer")) p.optimizer = optimizer_settings(*own, p.optimizer);
  p.optimizer.learning_rate = real(json, "learning_rate", p.optimizer.learning_rate, 0, 10);
  p.optimizer.min_learning_rate =
      real(json, "min_learning_rate", p.optimizer.min_learning_rate, 0, 10);
  const Json* mixture = json.find("mixture");
  p.mixture = mixture == nullptr ? Json() : *mixture;
  p.rampup_start = p.rampup_increment = p.rampup_samples = 0;
  if (const Json* ramp = json.find("rampup_batch_size")) {
    if (ramp->size() != 3) {
      fail(ErrorCode::kInvalidArgument, "'rampup_batch_size' takes [start, increment, samples]",
           ramp->place());
    }
    p.rampup_start = ramp->at(std::size_t{0}).as_int();
    p.rampup_increment = ramp->at(std::size_t{1}).as_int();
    p.rampup_samples = ramp->at(std::size_t{2}).as_int();
    if (p.rampup_start < 1 || p.rampup_increment < 1 || p.rampup_samples < 1 ||
        p.rampup_start > p.global_batch_size ||
        (p.global_batch_size - p.rampup_start) % p.rampup_increment != 0) {
      fail(ErrorCode::kInvalidArgument,
           "'rampup_batch_size' does not lead to global_batch_size in whole increments",
           ramp->place());
    }
  }
  if (p.global_batch_size % p.micro_batch_size != 0) {
    fail(ErrorCode::kInvalidArgument, "micro_batch_size must divide global_batch_size",
         json.place());
  }
  return p;
}

}  // namespace

std::int64_t TrainSettings::total_tokens() const {
  std::int64_t total = 0;
  for (const PhaseSettings& phase : phases) total += phase_extent(phase).tokens;
  return total;
}

TrainSettings train_settings(const Json& json) {
  refuse_unknown_keys(json, {"precision", "recompute", "memory", "optimizer", "phases",
                             "save_interval", "eval_interval"});
  TrainSettings settings;
  if (const Json* precision = json.find("precision")) {
    settings.precision =
        static_cast<Precision>(named(*precision, "precision", {"auto", "bf16", "fp32"}));
  }
  settings.recompute = recompute_setting(json);
  settings.memory = memory_setting(json);
  settings.save_interval = count(json, "save_interval", settings.save_interval, 1);
  settings.eval_interval = count(json, "eval_interval", settings.eval_interval, 1);
  PhaseSettings phase;
  if (const Json* optimizer = json.find("optimizer")) {
    phase.optimizer = optimizer_settings(*optimizer, phase.optimizer);
  }
  for (const Json& entry : json.at("phases").items()) {
    phase = phase_settings(entry, phase);
    settings.phases.push_back(phase);
  }
  if (settings.phases.empty()) {
    fail(ErrorCode::kInvalidArgument, "'phases' is empty", json.at("phases").place());
  }
  return settings;
}

std::int64_t batch_size_at(const PhaseSettings& phase, std::int64_t consumed_samples) {
  if (phase.rampup_start == 0 || consumed_samples > phase.rampup_samples) {
    return phase.global_batch_size;
  }
  const std::int64_t increments =
      (phase.global_batch_size - phase.rampup_start) / phase.rampup_increment;
  if (increments == 0) return phase.global_batch_size;
  // Megatron compares in floating point: samples / (rampup_samples / increments).
  const double each = static_cast<double>(phase.rampup_samples) / static_cast<double>(increments);
  const auto steps = static_cast<std::int64_t>(static_cast<double>(consumed_samples) / each);
  return std::min(phase.global_batch_size, phase.rampup_start + steps * phase.rampup_increment);
}

PhaseExtent phase_extent(const PhaseSettings& phase) {
  PhaseExtent extent;
  const std::int64_t samples = phase.train_tokens / phase.sequence_length;
  while (extent.samples < samples) {
    const std::int64_t batch = batch_size_at(phase, extent.samples);
    // Megatron drops a last batch that the samples do not fill.
    if (extent.samples + batch > samples && extent.steps > 0) break;
    if (phase.rampup_start == 0 || extent.samples > phase.rampup_samples) {
      const std::int64_t rest = std::max<std::int64_t>(1, (samples - extent.samples) / batch);
      extent.steps += rest;
      extent.samples += rest * batch;
      break;
    }
    extent.steps += 1;
    extent.samples += batch;
  }
  extent.tokens = extent.samples * phase.sequence_length;
  return extent;
}

double learning_rate_at(const PhaseSettings& phase, std::int64_t consumed_tokens) {
  const OptimizerSettings& o = phase.optimizer;
  const auto consumed = static_cast<double>(consumed_tokens);
  const auto warmup = static_cast<double>(phase.warmup_tokens);
  if (consumed < warmup) return o.learning_rate * consumed / warmup;
  const double span = std::max(1.0, static_cast<double>(phase.train_tokens) - warmup);
  const double progress = std::min(1.0, (consumed - warmup) / span);
  switch (phase.schedule) {
    case Schedule::kConstant:
      return o.learning_rate;
    case Schedule::kLinearToZero:
      return o.learning_rate * (1.0 - progress);
    case Schedule::kCosine:
      return o.min_learning_rate + (o.learning_rate - o.min_learning_rate) * 0.5 *
                                       (1.0 + std::cos(std::numbers::pi * progress));
  }
  return 0;
}

}  // namespace lucie
