// GPTQ (Frantar et al. 2023, "Accurate post-training quantization for generative pre-trained
// transformers", algorithm 1): columns of a matrix are rounded one after the other, and what each
// loses is made good in those that come after, as the inputs of a calibration text weigh them.
#pragma once

#include <cstdint>
#include <vector>

#include "tensor/context.h"

namespace lucie {

struct GptqSettings {
  int bits = 4;                   // 2, 3, 4 or 8
  std::int64_t group_size = 128;  // inputs that share a scale
  bool symmetric = true;          // zero is 2^(bits-1)
  double damp = 0.01;             // of the mean of the Hessian's diagonal, added to it
};

// weight(o, i) = scale(o, g) * (code(o, i) - zero(o, g)), g = i / group_size.
struct GptqMatrix {
  std::int64_t outputs = 0, inputs = 0, groups = 0;  // O, I, G
  std::vector<std::uint8_t> codes;                   // (O, I)
  std::vector<std::uint16_t> scales;                 // (O, G), f16
  std::vector<std::uint8_t> zeros;                   // (O, G)

  std::vector<float> values(std::int64_t group_size) const;  // (O, I)
};

// `weight`: (O, I) of any type. `hessian`: (I, I) f32, the sum of x x^T over the inputs x that
// calibration saw; its scale does not matter. Inputs never seen are rounded to 0.
GptqMatrix gptq(Context& ctx, const Tensor& weight, const Tensor& hessian,
                const GptqSettings& settings);

}  // namespace lucie
