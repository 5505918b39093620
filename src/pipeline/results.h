// results.json (docs/formats/results.md) put together from what the stages left behind.
#pragma once

#include "corpus/samples.h"
#include "pipeline/pipeline.h"

namespace lucie {

// How the first phase read its groups, as the pretrain stage's use.json tells.
std::vector<GroupUse> main_phase_use(const Json& phases);

// What follows from recipe and data alone: the figures that cards and release are filled from.
Json collect_results(const Recipe& recipe, const std::vector<StageInput>& stages);

// The release's results with time and energy, written to RUN/results.json with RUN/report.html.
Json finish_results(const PipelineContext& p, const RunDirectory& run);

}  // namespace lucie
