// report.html of a run, and the one screen that `lucie run` ends with. Both read results.json only
// (docs/formats/results.md).
#pragma once

#include <string>

#include "base/json.h"

namespace lucie {

std::string run_report(const Json& results);

// Plain text, at most 40 lines of 100 columns. `run_dir`: as the user wrote it; `recipe`: the path
// of the recipe, for the command that trains on one's own texts.
std::string closing_screen(const Json& results, const std::string& run_dir,
                           const std::string& recipe);

}  // namespace lucie
