// For tests of train only: what a script in tools/ computed.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "formats/safetensors.h"

namespace lucie::testing_train {

inline std::vector<float> golden_values(const SafetensorsReader& golden, const std::string& name) {
  const StoredTensor* tensor = golden.find(name);
  if (tensor == nullptr) {
    ADD_FAILURE() << "no golden tensor " << name;
    return {};
  }
  std::vector<float> values(static_cast<std::size_t>(tensor->shape.numel()));
  decode_row(tensor->dtype, golden.data(*tensor).data(), values.data(), tensor->shape.numel());
  return values;
}

}  // namespace lucie::testing_train
