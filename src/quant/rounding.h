// What each type that a tensor could be stored in would lose of it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/weight_values.h"
#include "tensor/dtype.h"

namespace lucie {

// Squares of what rounding changed, and of the values; those of a column count as much as its
// importance says, or all the same.
struct SquaredError {
  double lost = 0, all = 0;

  // Rows of importance.size() elements, or of any where that is empty.
  void add(std::span<const float> values, std::span<const float> rounded,
           std::span<const float> importance);
  double relative() const { return all > 0 ? lost / all : 0; }
};

// Of one tensor of a GGUF file.
struct TensorRounding {
  std::vector<DType> types;    // the first loses nothing; of vectors f32 alone
  std::vector<double> errors;  // of each type: SquaredError::relative()
};

// Of every tensor, in the order of file_tensors(): the type that it has, bf16, f16, and every
// quantized type whose blocks fit its rows. `importance`: by tensor (column_importance), or empty.
// Reads the model once, in pieces, on all threads; results do not depend on these.
std::vector<TensorRounding> measure_rounding(const ModelConfig& config, const WeightValues& values,
                                             std::span<const std::vector<float>> importance);

}  // namespace lucie
