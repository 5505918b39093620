// The types of a model's tensors that lose least among those with which it answers in a given
// memory: weights, cache and work, as `lucie plan --infer` reckons them.
#pragma once

#include <string>
#include <vector>

#include "infer/plan.h"
#include "quant/importance.h"
#include "quant/rounding.h"

namespace lucie {

struct MemoryTarget {
  std::uint64_t bytes = 0;  // InferencePlan::memory() at most
  EngineSettings settings;  // window and type of the cache
};

struct FittedTensor {
  std::string name;
  DType dtype = DType::kF32;
  std::uint64_t bytes = 0;
  double error = 0;  // what it adds to the mixture's
};

struct FittedMixture {
  GgufTypes types;
  std::vector<FittedTensor> tensors;  // all, in the order of the file
  InferencePlan plan;
  double error() const;  // sum over the tensors
};

// Bytes that are left for the weights. Error{kInvalidArgument} at --target-size where not even the
// smallest mixture fits, with what the smallest would take, and what would help.
std::uint64_t weight_budget(const ModelConfig& config, const MemoryTarget& target);

// `effects`: of each tensor of the file, what its SquaredError::relative() is multiplied with
// before errors are added (eval/tensor_effects.h); empty: all count the same. `rounding`: of the
// model. `importance`: that the file is written with, or empty. Errors as above.
FittedMixture fit_mixture(const ModelConfig& config, const MemoryTarget& target,
                          std::span<const TensorRounding> rounding, std::span<const double> effects,
                          std::vector<std::vector<float>> importance);

}  // namespace lucie
