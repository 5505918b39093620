#include "pipeline/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.h"
#include "base/hash.h"
#include "base/scratch.h"
#include "base/stream.h"
#include "base/text.h"
#include "formats/safetensors.h"
#include "pipeline/training.h"
#include "train/sources.h"

namespace lucie {

namespace {

using Losses = std::map<std::int64_t, double>;  // by step

struct Interval {
  std::int64_t from = 0, to = 0;
};

Interval interval_of(const ReplayOptions& options, const std::vector<std::int64_t>& steps) {
  std::vector<std::string> shown;
  for (const std::int64_t step : steps) shown.push_back(std::to_string(step));
  const auto check = [&](std::int64_t step, const char* flag) {
    if (std::find(steps.begin(), steps.end(), step) != steps.end()) return;
    fail(ErrorCode::kInvalidArgument, "no checkpoint of step " + std::to_string(step), flag,
         "the run kept those of " + join(shown, ", "));
  };
  Interval interval{options.from, options.to};
  if (interval.to < 0) interval.to = steps.empty() ? 0 : steps.back();
  check(interval.to, "--to");
  if (interval.from < 0) {
    interval.from = 0;
    for (const std::int64_t step : steps) {
      if (step < interval.to) interval.from = step;
    }
  }
  if (interval.from != 0) check(interval.from, "--from");
  if (interval.from >= interval.to) {
    fail(ErrorCode::kInvalidArgument, "--from must come before --to", "--from");
  }
  return interval;
}

Losses recorded_losses(const fs::path& metrics) {
  Losses losses;
  if (!fs::exists(metrics)) return losses;
  LineReader lines(metrics);
  std::string text;
  while (lines.next(text)) {
    const Json line = parse_json(text, metrics.string());
    if (line.get("stage", "") != "pretrain") continue;
    losses[line.at("step").as_int()] = line.get("loss", std::nan(""));
  }
  return losses;
}

void compare_losses(const Losses& recorded, const Losses& replayed, VerifyReport* report) {
  std::size_t same = 0;
  for (const auto& [step, loss] : replayed) {
    const auto found = recorded.find(step);
    if (found == recorded.end()) continue;
    if (found->second == loss) {
      ++same;
      continue;
    }
    report->not_checked(
        "losses", fmt::format("first other loss at step {}: {:.9g}, recorded {:.9g}", step, loss,
                              found->second));
    return;
  }
  if (same == 0) {
    report->not_checked("losses", "metrics.jsonl has none of these steps");
  } else {
    report->holds("losses", fmt::format("{} steps, bit for bit", same));
  }
}

struct Distance {
  std::size_t tensors = 0, different = 0;
  std::string first, farthest;  // tensors
  double largest = 0;           // relative, of `farthest`
};

double relative_distance(std::span<const std::byte> a, std::span<const std::byte> b) {
  double squares = 0, whole = 0;
  const auto* x = reinterpret_cast<const float*>(a.data());
  const auto* y = reinterpret_cast<const float*>(b.data());
  for (std::size_t i = 0; i < b.size() / sizeof(float); ++i) {
    const double difference = static_cast<double>(x[i]) - static_cast<double>(y[i]);
    squares += difference * difference;
    whole += static_cast<double>(y[i]) * static_cast<double>(y[i]);
  }
  if (squares == 0) return 0;
  return whole == 0 || !std::isfinite(squares) ? INFINITY : std::sqrt(squares / whole);
}

Distance distance_between(const fs::path& replayed, const fs::path& recorded) {
  const SafetensorsReader a(replayed), b(recorded);
  Distance distance;
  for (const StoredTensor& tensor : b.tensors()) {
    ++distance.tensors;
    const StoredTensor* other = a.find(tensor.name);
    const bool alike = other != nullptr && other->shape == tensor.shape &&
                       other->dtype == tensor.dtype && tensor.dtype == DType::kF32;
    const auto x = alike ? a.data(*other) : std::span<const std::byte>();
    const auto y = b.data(tensor);
    if (alike && std::equal(x.begin(), x.end(), y.begin(), y.end())) continue;
    if (distance.different++ == 0) distance.first = tensor.name;
    const double far = alike ? relative_distance(x, y) : INFINITY;
    if (far > distance.largest || distance.farthest.empty()) {
      distance.largest = far;
      distance.farthest = tensor.name;
    }
  }
  return distance;
}

void compare_file(const std::string& file, const Distance& d, bool same_mode, double tolerance,
                  VerifyReport* report) {
  if (d.different == 0) {
    report->holds("tensors", fmt::format("{}: {} tensors, bit for bit", file, d.tensors));
    return;
  }
  const std::string said = fmt::format(
      "{}: {} of {} tensors differ, the first is {}; the farthest is {}, relative distance {:.2g}",
      file, d.different, d.tensors, d.first, d.farthest, d.largest);
  if (!same_mode && d.largest <= tolerance) {
    report->holds("tensors", said + fmt::format(" (tolerance {:.2g})", tolerance));
  } else {
    report->fails("tensors", said);
  }
}

// The files that the replay stands on or is compared with, against the record of their stage.
void check_recorded(const fs::path& stage, const std::vector<std::string>& files) {
  const Json made = read_json(stage / "stage.json");
  for (const std::string& file : files) {
    const Json* hash = made.at("files").find(file);
    if (hash != nullptr && sha256_file(stage / file) == hash->as_string()) continue;
    fail(ErrorCode::kCorrupt, "not what its stage wrote", (stage / file).string());
  }
}

std::vector<std::string> files_of(std::int64_t step) {
  const std::string folder = "checkpoints/" + checkpoint_name(step) + "/";
  return {folder + "model.safetensors", folder + "optimizer.safetensors", folder + "state.json"};
}

}  // namespace

VerifyReport replay_training(const FinishedRun& run, const ReplayOptions& options, Context& ctx) {
  const fs::path& stage = run.stage("pretrain");
  const Interval interval = interval_of(options, checkpoint_steps(stage / "checkpoints"));
  VerifyReport report;
  try {
    check_stage_output(run.stage("tokens"));
    if (interval.from > 0) check_recorded(stage, files_of(interval.from));
    check_recorded(stage, files_of(interval.to));
  } catch (const Error& error) {
    const ErrorCode code = error.code();
    if (code == ErrorCode::kCancelled || code == ErrorCode::kOutOfMemory) throw;
    report.fails("records", error.place() + ": " + error.message());
    return report;
  }
  report.holds("records", "tokens and checkpoints are as their stages wrote them");

  const ScratchFolder scratch("lucie-replay");
  const std::string last = checkpoint_name(interval.to);
  if (interval.from > 0) {
    const std::string first = checkpoint_name(interval.from);
    fs::create_directory_symlink(fs::canonical(stage / "checkpoints" / first),
                                 scratch.path() / first);
  }
  const std::vector<TokenGroup> groups = open_token_groups(run.stage("tokens"), "train");
  const std::int64_t vocabulary = Tokenizer::load(run.stage("tokenizer")).vocab_size();
  SessionInput input = pretraining_session(run.recipe, vocabulary, groups);
  input.data_hash = read_json(run.stage("tokens") / "stage.json").at("hash").as_string();
  input.checkpoints = scratch.path();
  input.keep_last = interval.to;
  input.settings.save_interval = interval.to + 1;
  input.last_step = interval.to;
  Losses losses;
  SessionHooks hooks;
  hooks.on_step = [&](const StepEvent& event) { losses[event.step] = event.report.loss; };
  run_session(ctx, input, hooks);

  const std::string recorded = read_json(stage / "stage.json").get("numeric_mode", "");
  const std::string here = numeric_mode(run.recipe, ctx.device());
  const bool same_mode = recorded.empty() || recorded == here;
  report.holds("mode", here + (recorded.empty() ? " (the run's is not recorded: taken as the same)"
                               : same_mode      ? ", as the run"
                                                : "; the run: " + recorded));
  compare_losses(recorded_losses(run.path / "metrics.jsonl"), losses, &report);
  for (const char* file : {"model.safetensors", "optimizer.safetensors"}) {
    compare_file(
        file, distance_between(scratch.path() / last / file, stage / "checkpoints" / last / file),
        same_mode, options.tolerance, &report);
  }
  return report;
}

}  // namespace lucie
