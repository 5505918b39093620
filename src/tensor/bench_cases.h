// The operations that bench.cpp times. Included by bench*.cpp only.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tensor/context.h"

namespace lucie {

// One prepared call; its inputs live in the closure.
struct BenchCall {
  double flops = 0.0;
  double bytes = 0.0;  // least traffic: every input read once, every output written once
  std::function<void()> run;
  Tensor output;  // compared with ref
};

struct BenchCase {
  std::string name;
  // The operation on a share of the case's rows, 1 when timed, less when checked.
  std::function<BenchCall(Context&, double share)> prepare;
};

std::vector<BenchCase> bench_cases(bool bf16);

}  // namespace lucie
