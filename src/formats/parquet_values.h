// The values of a page or dictionary, decoded one after another.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "formats/byte_cursor.h"
#include "formats/parquet_metadata.h"

namespace lucie::parquet {

// One value; the physical type says which member it is.
struct Value {
  std::int64_t integer = 0;  // boolean, int32, int64
  double real = 0;           // float, double
  std::string_view bytes;    // int96, byte array, fixed; valid until the next value is read
};

class ValueReader {
 public:
  virtual ~ValueReader() = default;
  // Reading beyond the page's bytes is Error{kCorrupt}.
  virtual void next(Value* value) = 0;
};

// What a page of this leaf in this encoding (number of parquet.thrift) holds in `bytes`, which must
// outlive the reader, as must `dictionary`. Encodings that are not for the type, and values beyond
// the dictionary, are Error{kCorrupt}; unknown ones kUnsupported.
std::unique_ptr<ValueReader> make_value_reader(const SchemaElement& leaf, std::int32_t encoding,
                                               ByteCursor bytes,
                                               const std::vector<Value>& dictionary);
// All of a dictionary page: `count` values that stand plain in `bytes`.
std::vector<Value> read_dictionary(const SchemaElement& leaf, std::int32_t count, ByteCursor bytes);

}  // namespace lucie::parquet
