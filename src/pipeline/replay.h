// `lucie verify RUN --from STEP --to STEP`: a stretch of pretraining done again from a checkpoint
// and the tokens, and compared with what the run recorded.
#pragma once

#include "pipeline/finished_run.h"
#include "release/verify.h"
#include "tensor/context.h"

namespace lucie {

struct ReplayOptions {
  // Steps with a checkpoint; `from` may be 0: fresh weights. Below 0: the last two checkpoints.
  std::int64_t from = -1, to = -1;
  // Where instruction set or precision are others than the run's, bits cannot be the same: for each
  // tensor |replayed - recorded| / |recorded|, in the Euclidean norm, may be this much.
  double tolerance = 0.02;
};

// Equal bits in the same numeric mode, else within the tolerance; of what differs the first tensor
// is told, and the first step with another loss. Steps without a checkpoint are kInvalidArgument
// with those that there are. The run is only read.
VerifyReport replay_training(const FinishedRun& run, const ReplayOptions& options, Context& ctx);

}  // namespace lucie
