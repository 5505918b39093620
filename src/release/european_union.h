// Pages that the AI Act asks of whoever places a general-purpose model on the Union's market,
// filled from the registry of sources and from results.json. What neither tells is said to be not
// stated. A program writes them: they are no legal advice.
#pragma once

#include "base/json.h"
#include "corpus/sources.h"
#include "report/outline.h"

namespace lucie {

// The public summary of training content, article 53(1)(d), under the headings of the AI
// Office's template of 24 July 2025.
Outline training_content_summary(const Json& results, const SourceRegistry& sources);

// The policy to respect Union copyright law, article 53(1)(c).
Outline copyright_policy(const Json& results, const SourceRegistry& sources);

}  // namespace lucie
