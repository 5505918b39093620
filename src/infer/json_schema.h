// JSON schemas (draft 2020-12 and before) as grammars: the text meets the grammar exactly when it
// is JSON of that schema with its members in the schema's order and little white space.
//
// Kept to: type, enum, const, anyOf, oneOf (as anyOf), allOf, $ref within the schema, properties,
// required, additionalProperties, items, prefixItems, minItems, maxItems, minLength, maxLength,
// pattern, the formats date, time, date-time and uuid, and bounds of integers. As in llama.cpp,
// objects with properties have no others unless additionalProperties says so. Notes for people are
// passed over; what would be broken unnoticed is refused.
#pragma once

#include <string>

#include "base/json.h"

namespace lucie {

// GBNF text (grammar.h). Error{kUnsupported} for a keyword that cannot be kept to, and
// Error{kInvalidArgument} for one that makes no sense, with its place ("schema#/properties/age").
std::string grammar_of_schema(const Json& schema);

}  // namespace lucie
