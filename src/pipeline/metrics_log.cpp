#include "pipeline/metrics_log.h"

#include "base/error.h"
#include "base/stream.h"

namespace lucie {

MetricsLog::MetricsLog(const fs::path& run, std::string stage)
    : run_(run), stage_(std::move(stage)) {}

void MetricsLog::open(std::int64_t first_step) {
  const fs::path path = run_ / "metrics.jsonl";
  std::string kept;
  if (fs::exists(path)) {
    LineReader lines(path);
    std::string line;
    while (lines.next(line)) {
      // A line torn by a kill is dropped with the steps that are taken again.
      try {
        const Json entry = parse_json(line, lines.place());
        if (entry.get("stage", "") == stage_ && entry.get("step", 0) >= first_step) continue;
      } catch (const Error&) {
        continue;
      }
      kept += line + "\n";
    }
  }
  write_file_atomic(path, kept);
  events_ = std::make_unique<TfEventsWriter>(run_ / "tensorboard" / stage_, 0, first_step);
}

void MetricsLog::add(const StepEvent& event) {
  if (!events_) open(event.step);
  Json line = Json::object();
  line["stage"] = stage_;
  line["step"] = event.step;
  line["phase"] = event.phase.name;
  line["tokens"] = event.tokens;
  line["loss"] = event.report.loss;
  line["grad_norm"] = event.report.grad_norm;
  line["learning_rate"] = event.learning_rate;
  line["seconds"] = event.seconds;
  append_line(run_ / "metrics.jsonl", line.dump());
  events_->add_scalar("train/loss", event.step, event.report.loss);
  events_->add_scalar("train/grad_norm", event.step, event.report.grad_norm);
  events_->add_scalar("train/learning_rate", event.step, event.learning_rate);
}

}  // namespace lucie
