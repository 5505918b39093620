// A value of a leaf as JSON.
#pragma once

#include <string>

#include "base/json.h"
#include "formats/parquet_values.h"

namespace lucie::parquet {

// Dates, times and decimals as text: "2024-02-29", "12:30:00.250", "2024-02-29T12:30:00.250Z",
// "-12.30"; the fraction of a second is left out when it is zero. Bytes as they are. Error
// {kUnsupported} for logical types that we do not read, and decimals of more than 64 bits.
Json to_json(const SchemaElement& leaf, const Value& value, const std::string& place);

}  // namespace lucie::parquet
