// Bill of materials of a bundle as CycloneDX 1.6 (ML-BOM): the model with its card, the sources it
// was trained on, the files of its weights. tools/check_bill.py puts it through the published
// schema.
#pragma once

#include "base/json.h"
#include "corpus/sources.h"

namespace lucie {

// `results`: results.json with `release` and `terms`; `hashes`: {path: SHA-256} of the files of the
// weights; `program`: "lucie.cpp 0.1.0".
Json cyclonedx_bill(const Json& results, const SourceRegistry& sources, const Json& hashes,
                    const std::string& program);

}  // namespace lucie
