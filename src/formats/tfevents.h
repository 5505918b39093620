// TensorBoard event files (docs/formats/tfevents.md), scalars only, written by hand: TFRecord
// frames round protobuf messages.
//
//   TfEventsWriter events(run / "tensorboard", start);
//   events.add_scalar("train/loss", step, loss);
//
// Nothing here reads the clock: `start` names the file and wall times come from the caller (0 is
// fine), so that the same run writes the same bytes.
#pragma once

#include <cstdint>
#include <fstream>
#include <limits>
#include <string_view>

#include "base/file.h"

namespace lucie {

class TfEventsWriter {
 public:
  // Appends to DIR/events.out.tfevents.START.lucie, made with the directory when absent. What a
  // killed run left there is cut back to whole records of steps below `resume_step`, so that a
  // resumed run goes on as if it had never stopped.
  TfEventsWriter(const fs::path& directory, std::int64_t start,
                 std::int64_t resume_step = std::numeric_limits<std::int64_t>::max());
  // Flushed before it returns. Not thread-safe.
  void add_scalar(std::string_view tag, std::int64_t step, double value, double wall_time = 0);
  const fs::path& path() const { return path_; }

 private:
  void append(std::string_view event);

  fs::path path_;
  std::ofstream out_;
};

}  // namespace lucie
