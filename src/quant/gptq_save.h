// GPTQ of a whole model into a directory.
#pragma once

#include "model/load.h"
#include "model/save.h"
#include "quant/gptq_layers.h"

namespace lucie {

// `model`, rounded as gptq_layers does, with its tokenizer, as the directory `out`, which must not
// exist yet and appears whole or not at all. options.dtype means nothing.
void save_gptq(Context& ctx, const LoadedModel& model, const CalibrationIds& calibration,
               const GptqSettings& settings, const fs::path& out, const SaveOptions& options);

}  // namespace lucie
