// Where a forward pass leaves what is multiplied with a layer's matrices.
#pragma once

#include <vector>

#include "model/decoder.h"

namespace lucie {

// Matrices of one input.
struct MatrixInput {
  std::vector<Slot> slots;
  Tensor LayerSlots::*input;  // (N, I), or (N, H, D) of the attention's
};

inline std::vector<MatrixInput> matrix_inputs(const ModelConfig& config) {
  Tensor LayerSlots::*const mlp_input =
      config.shared_norm ? &LayerSlots::norm1 : &LayerSlots::norm2;
  return {{{Slot::kQuery, Slot::kKey, Slot::kValue}, &LayerSlots::norm1},
          {{Slot::kAttentionOut}, &LayerSlots::attention},
          {{Slot::kGate, Slot::kUp}, mlp_input},
          {{Slot::kDown}, &LayerSlots::hidden}};
}

}  // namespace lucie
