// One source of the registry (corpus/sources.h) as it stands in recipes and in sources.json.
#pragma once

#include "base/json.h"
#include "corpus/sources.h"

namespace lucie {

// Errors as those of SourceRegistry::from_json.
Source source_from_json(const Json& entry);
Json source_to_json(const Source& source);

}  // namespace lucie
