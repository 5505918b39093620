// results.json (docs/formats/results.md) put together from what the stages left behind.
#pragma once

#include "pipeline/pipeline.h"

namespace lucie {

// What follows from recipe and data alone: the figures that cards and release are filled from.
Json collect_results(const Recipe& recipe, const StageWork& work);

// The release's results with time and energy, written to RUN/results.json with RUN/report.html.
Json finish_results(const PipelineContext& p, const RunDirectory& run);

}  // namespace lucie
