// Bills of materials of a bundle, in the two formats that others read: CycloneDX 1.6 (ML-BOM) and
// SPDX 3.0.1 (JSON-LD, profiles for AI and data sets). Both say what the model is, what it was
// trained on under which licence, and the hashes of its weights. tools/check_bill.py puts them
// through what their publishers offer for that.
#pragma once

#include "base/json.h"
#include "corpus/sources.h"

namespace lucie {

struct BillInput {
  const Json& results;  // results.json with `release` and `terms`
  const SourceRegistry& sources;
  const Json& hashes;   // {path: SHA-256} of the files of the weights
  std::string program;  // "lucie.cpp 0.1.0"
};

Json cyclonedx_bill(const BillInput& input);

// Both dates that SPDX asks for are the recipe's release.date; where none is declared the first
// second of 1970 stands there, as SOURCE_DATE_EPOCH=0 means: a bill has no clock, so that the same
// release has the same bytes.
Json spdx_bill(const BillInput& input);

// Inside release/: the same text has the same number (RFC 9562, version 8: of one's own making).
std::string uuid_of(const std::string& text);

}  // namespace lucie
