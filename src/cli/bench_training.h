// `lucie bench train RECIPE`: whole training steps of a recipe's first phase on random tokens.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "tensor/context.h"

namespace lucie {

struct TrainingBenchOptions {
  std::int64_t steps = 5;  // timed, after one that is not
  std::string profile;     // file for one more step, operation by operation; empty: none
  std::vector<std::string> sets;
};

// Speed, its share of the matmul peak measured between the steps, and the peak of memory beside
// what was planned.
Json bench_training(Context& ctx, const std::string& recipe, const TrainingBenchOptions& options);

}  // namespace lucie
