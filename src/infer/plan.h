// What answering with a model takes of memory, before it is loaded.
#pragma once

#include "infer/engine.h"

namespace lucie {

struct InferencePlan {
  std::size_t weights = 0;  // used in place, where the file is mapped
  std::size_t cache = 0;    // keys and values of all positions
  std::size_t work = 0;     // what a step keeps between its operations, and the rotary table
  std::size_t program = 0;  // code and vocabulary, on the host
  // Of the host at its peak (VmHWM), when the window is full.
  std::size_t memory() const { return weights + cache + work + program; }
  // Of a device that holds the model, its cache and its work.
  std::size_t device_memory() const { return weights + cache + work; }
};

// `weights`: bytes of the tensors in the file. `settings.window`: of a full
// sequence. A window beyond the model's, an unknown type of cache: Error{kInvalidArgument}.
InferencePlan plan_inference(const ModelConfig& config, std::size_t weights,
                             const EngineSettings& settings);

}  // namespace lucie
