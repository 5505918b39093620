// For tests of train only: what a script in tools/ computed.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "formats/safetensors.h"
#include "train/trainer.h"

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

// With which every such script trains.
inline PhaseSettings golden_phase(std::int64_t time, std::int64_t micro, std::int64_t global) {
  PhaseSettings phase;
  phase.sequence_length = time;
  phase.micro_batch_size = micro;
  phase.global_batch_size = global;
  phase.optimizer = {.learning_rate = 1e-3,
                     .beta1 = 0.9,
                     .beta2 = 0.95,
                     .eps = 1e-5,
                     .weight_decay = 0.1,
                     .clip_grad = 1.0};
  return phase;
}

}  // namespace lucie::testing_train
