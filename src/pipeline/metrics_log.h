// What people watch while a run trains: RUN/metrics.jsonl and RUN/tensorboard/. Live, with rates,
// and therefore covered by no hash; a resumed run drops the lines of steps it takes again.
#pragma once

#include <memory>

#include "base/file.h"
#include "formats/tfevents.h"
#include "train/session.h"

namespace lucie {

class MetricsLog {
 public:
  // `stage` names the lines: "pretrain", "finetune".
  MetricsLog(const fs::path& run, std::string stage);
  void add(const StepEvent& event);

 private:
  void open(std::int64_t first_step);
  fs::path run_;
  std::string stage_;
  std::unique_ptr<TfEventsWriter> events_;
};

}  // namespace lucie
