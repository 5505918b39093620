// GPTQ of a whole model, one layer after the other.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "model/decoder.h"
#include "quant/gptq.h"

namespace lucie {

// What a model is calibrated on, cut to whole windows of `window` tokens.
struct CalibrationIds {
  std::span<const std::int32_t> ids;
  std::int64_t window = 512;
};

// Takes the rounded matrix i of the decoder's table.
using GptqSink = std::function<void(std::size_t i, GptqMatrix matrix)>;

// The inputs of a matrix are those that the matrices before it, rounded already, let through ("true
// sequential"): in a layer first query, key and value, then the attention's output, gate and up,
// and down. Embedding, head, norms and biases stay as they are. In memory at once: one layer in
// f32, the largest of its Hessians a few times over, and a row of the model's width for each of the
// ids.
void gptq_layers(Context& ctx, const Decoder& decoder, const CalibrationIds& calibration,
                 const GptqSettings& settings, const GptqSink& sink);

}  // namespace lucie
