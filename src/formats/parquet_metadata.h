// The structures of Parquet's footer and page headers as they stand in the file (apache/parquet-
// format, src/main/thrift/parquet.thrift), as far as a reader needs them. Nothing here is believed:
// parquet_schema.h and parquet_column.h check what they use.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lucie::parquet {

// The numbers are those of parquet.thrift.
enum class Type : std::uint8_t {
  kBoolean = 0,
  kInt32 = 1,
  kInt64 = 2,
  kInt96 = 3,
  kFloat = 4,
  kDouble = 5,
  kByteArray = 6,
  kFixed = 7,
};
enum class Repetition : std::uint8_t { kRequired = 0, kOptional = 1, kRepeated = 2 };

// What a physical type stands for: from `logicalType`, else from the older `converted_type`.
enum class Logical : std::uint8_t {
  kNone,  // also text, JSON and signed integers: the value as it stands
  kList,
  kMap,
  kDecimal,
  kDate,
  kTime,
  kTimestamp,
  kUnsigned,
  kUuid,
  kForeign,  // one that we do not read; `foreign` has its name
};

struct SchemaElement {
  std::string name;
  std::optional<Type> type;  // of a leaf
  Repetition repetition = Repetition::kRequired;
  std::int32_t children = 0;
  std::int32_t type_length = 0;  // bytes of kFixed
  Logical logical = Logical::kNone;
  std::string foreign;
  std::int32_t scale = 0;  // decimal: digits after the point; time: 3, 6 or 9
  bool utc = false;        // timestamp: counted from the epoch in UTC
  bool text = false;       // bytes that are UTF-8
};

struct ColumnChunk {
  Type type = Type::kBoolean;
  std::int32_t codec = 0;
  std::int64_t values = 0;  // with nulls and empty lists
  std::int64_t compressed_bytes = 0, uncompressed_bytes = 0;
  std::int64_t data_page_offset = 0, dictionary_page_offset = 0;
  bool complete = false;   // has its metadata here; only an encrypted one may not
  bool elsewhere = false;  // in another file
  bool encrypted = false;
};

struct RowGroup {
  std::vector<ColumnChunk> columns;
  std::int64_t rows = 0;
};

struct FileMetadata {
  std::vector<SchemaElement> schema;
  std::vector<RowGroup> row_groups;
  std::int64_t rows = 0;
  std::string created_by;
};

struct PageHeader {
  enum class Kind : std::uint8_t { kData = 0, kIndex = 1, kDictionary = 2, kDataV2 = 3 };
  Kind kind = Kind::kIndex;
  std::int32_t uncompressed_bytes = -1, compressed_bytes = -1;
  std::optional<std::uint32_t> crc;
  std::int32_t values = -1, encoding = -1;
  std::int32_t definition_encoding = -1, repetition_encoding = -1;  // v1
  std::int32_t definition_bytes = -1, repetition_bytes = -1;        // v2
  bool compressed = true;                                           // v2
};

// `origin`: the offset of `bytes` in the file `path`. Error{kCorrupt} when it is no footer.
FileMetadata parse_footer(std::span<const std::byte> bytes, const std::string& path,
                          std::uint64_t origin);
// Sets `*length` to the header's own length.
PageHeader parse_page_header(std::span<const std::byte> bytes, const std::string& path,
                             std::uint64_t origin, std::uint64_t* length);

}  // namespace lucie::parquet
