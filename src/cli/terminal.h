// Messages and progress bars on stderr; bars only on a terminal.
#pragma once

#include <string>

#include "base/log.h"

namespace lucie {

class TerminalSink : public LogSink {
 public:
  explicit TerminalSink(bool quiet);
  void message(LogLevel level, std::string_view text) override;
  void progress(const ProgressState& state) override;

 private:
  bool quiet_, terminal_, bar_shown_ = false;
  double last_line_ = 0;  // seconds into the work at which a line was last written
};

// "tokenize  45% [#########           ] 12.3 / 27.1 MB  5.2 MB/s  ETA 3 s  note"
std::string progress_line(const ProgressState& state, int columns);

}  // namespace lucie
