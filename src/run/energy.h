// Energy of a run: the processor's own counter (RAPL) where it can be read, else an estimate that
// says so.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"

namespace lucie {

// Joules counted by the packages since some moment; nullopt where the counters cannot be read.
// Counters wrap; a run over a wrap falls back to the estimate.
std::optional<double> read_joules();

// Power of `threads` busy cores of a server: 7.5 W a core, a 64-core processor of 280 W TDP and
// its memory shared out. An assumption, and marked as one wherever it is shown.
double estimated_watts(int threads);

}  // namespace lucie
