// The terms of each part of a release, written out apart: code, weights, optimizer states, training
// data, data information, documents and cards each stand under a licence of their own.
#pragma once

#include "release/components.h"
#include "release/terms.h"
#include "report/table.h"

namespace lucie {

// [{artefact, licence, class, duties, basis, components}], as bundle.json has it: `class` and
// `duties` are those of the licence (corpus/licence.h), `basis` says where the licence comes from,
// `components` are the names of those that the bundle has; none where the part is not passed on.
Json artefact_terms(const Bundle& bundle, const ReleaseSettings& settings,
                    const ReleaseTerms& terms);

// Of results.json's `artefacts`.
Table artefacts_table(const Json& results);

}  // namespace lucie
