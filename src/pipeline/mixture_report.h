// What every phase of a recipe reads of its corpus, told from the counts of the tokens stage: for
// dry runs, `lucie corpus stats`, cards and results.
#pragma once

#include <string>

#include "base/json.h"
#include "run/recipe.h"

namespace lucie {

// [{phase, tokens, rows: [...]}], rows as corpus/measured_mixture.h tells them; phases that read
// nothing are left out. A mixture that cannot be had of this text is an error.
Json mixture_tables(const Recipe& recipe, const Json& token_stats);

// The same in columns, for a terminal.
std::string mixture_text(const Json& tables);

}  // namespace lucie
