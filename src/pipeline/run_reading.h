// Which source was read when in a run, counted sample by sample: the order of training is a pure
// function of the recipe.
#pragma once

#include "release/removal.h"

namespace lucie {

// A run with tokens; else kNotFound.
TrainingRecord read_run_training(const fs::path& run);

}  // namespace lucie
