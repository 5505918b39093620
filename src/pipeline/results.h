// results.json, report.html and the closing screen's figures, put together from what the stages
// left behind. Times and energy come from the logs: no hash covers them.
#pragma once

#include "pipeline/pipeline.h"

namespace lucie {

// Figures that only depend on the stages' outputs: what cards and release are filled from.
Json collect_results(const PipelineContext& p, const std::vector<StageInput>& inputs);

// Adds time and energy, writes RUN/results.json and RUN/report.html, and returns the results.
Json finish_results(const PipelineContext& p, const RunDirectory& run);

}  // namespace lucie
