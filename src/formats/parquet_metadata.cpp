#include "formats/parquet_metadata.h"

#include "formats/thrift_compact.h"

namespace lucie::parquet {
namespace {

constexpr std::size_t kMaxSchema = 100'000;

Type read_type(ThriftReader& reader) {
  const std::int32_t type = reader.integer32();
  if (type < 0 || type > static_cast<std::int32_t>(Type::kFixed)) {
    reader.corrupt("unknown physical type " + std::to_string(type));
  }
  return static_cast<Type>(type);
}

Repetition read_repetition(ThriftReader& reader) {
  const std::int32_t value = reader.integer32();
  if (value < 0 || value > 2) reader.corrupt("unknown repetition " + std::to_string(value));
  return static_cast<Repetition>(value);
}

void set_foreign(SchemaElement* element, const char* name) {
  element->logical = Logical::kForeign;
  element->foreign = name;
}

void set_converted_type(std::int32_t type, std::int32_t scale, SchemaElement* element) {
  switch (type) {
    case 0:   // UTF8
    case 4:   // ENUM
    case 19:  // JSON
      element->text = true;
      return;
    case 1:  // MAP
    case 2:  // MAP_KEY_VALUE: what old writers put in the place of MAP
      element->logical = Logical::kMap;
      return;
    case 3:
      element->logical = Logical::kList;
      return;
    case 5:
      element->logical = Logical::kDecimal;
      element->scale = scale;
      return;
    case 6:
      element->logical = Logical::kDate;
      return;
    case 7:  // TIME_MILLIS, TIME_MICROS
    case 8:
      element->logical = Logical::kTime;
      element->scale = type == 7 ? 3 : 6;
      return;
    case 9:  // TIMESTAMP_MILLIS, TIMESTAMP_MICROS
    case 10:
      element->logical = Logical::kTimestamp;
      element->scale = type == 9 ? 3 : 6;
      element->utc = true;
      return;
    case 11:  // UINT_8 to UINT_64
    case 12:
    case 13:
    case 14:
      element->logical = Logical::kUnsigned;
      return;
    case 21:
      set_foreign(element, "interval");
      return;
    default:  // signed integers, BSON
      return;
  }
}

void read_time(ThriftReader& reader, Logical logical, SchemaElement* element) {
  element->logical = logical;
  element->scale = 0;
  reader.structure([&](int id) {
    if (id == 1) {
      element->utc = reader.boolean();
    } else if (id == 2) {
      reader.structure([&](int unit) {
        if (unit >= 1 && unit <= 3) element->scale = 3 * unit;
        return false;
      });
    }
    return id == 1 || id == 2;
  });
  if (element->scale == 0) set_foreign(element, "time of an unknown unit");
}

void read_integer(ThriftReader& reader, SchemaElement* element) {
  reader.structure([&](int id) {
    if (id != 2) return false;
    if (!reader.boolean()) element->logical = Logical::kUnsigned;
    return true;
  });
}

void read_decimal(ThriftReader& reader, SchemaElement* element) {
  element->logical = Logical::kDecimal;
  reader.structure([&](int id) {
    if (id != 1) return false;
    element->scale = reader.integer32();
    return true;
  });
}

void read_logical_type(ThriftReader& reader, SchemaElement* element) {
  reader.structure([&](int id) {
    switch (id) {
      case 5:
        read_decimal(reader, element);
        return true;
      case 7:
        read_time(reader, Logical::kTime, element);
        return true;
      case 8:
        read_time(reader, Logical::kTimestamp, element);
        return true;
      case 10:
        read_integer(reader, element);
        return true;
      default:
        break;
    }
    if (id == 1 || id == 4 || id == 12) element->text = true;  // string, enum, JSON
    if (id == 2) element->logical = Logical::kMap;
    if (id == 3) element->logical = Logical::kList;
    if (id == 6) element->logical = Logical::kDate;
    if (id == 14) element->logical = Logical::kUuid;
    if (id == 15) set_foreign(element, "float16");
    if (id == 16) set_foreign(element, "variant");
    return false;
  });
}

SchemaElement read_schema_element(ThriftReader& reader) {
  SchemaElement element;
  std::int32_t converted = -1, scale = 0;
  bool logical = false;
  reader.structure([&](int id) {
    switch (id) {
      case 1:
        element.type = read_type(reader);
        return true;
      case 2:
        element.type_length = reader.integer32();
        return true;
      case 3:
        element.repetition = read_repetition(reader);
        return true;
      case 4:
        element.name = reader.text();
        return true;
      case 5:
        element.children = reader.integer32();
        return true;
      case 6:
        converted = reader.integer32();
        return true;
      case 7:
        scale = reader.integer32();
        return true;
      case 10:
        read_logical_type(reader, &element);
        logical = true;
        return true;
      default:
        return false;
    }
  });
  if (!logical) set_converted_type(converted, scale, &element);
  return element;
}

void read_column_metadata(ThriftReader& reader, ColumnChunk* chunk) {
  chunk->complete = true;
  reader.structure([&](int id) {
    switch (id) {
      case 1:
        chunk->type = read_type(reader);
        return true;
      case 4:
        chunk->codec = reader.integer32();
        return true;
      case 5:
        chunk->values = reader.integer();
        return true;
      case 6:
        chunk->uncompressed_bytes = reader.integer();
        return true;
      case 7:
        chunk->compressed_bytes = reader.integer();
        return true;
      case 9:
        chunk->data_page_offset = reader.integer();
        return true;
      case 11:
        chunk->dictionary_page_offset = reader.integer();
        return true;
      default:
        return false;
    }
  });
}

ColumnChunk read_column_chunk(ThriftReader& reader) {
  ColumnChunk chunk;
  reader.structure([&](int id) {
    if (id == 1) chunk.elsewhere = true;
    if (id == 8 || id == 9) chunk.encrypted = true;
    if (id != 3) return false;
    read_column_metadata(reader, &chunk);
    return true;
  });
  if (!chunk.complete && !chunk.encrypted) reader.corrupt("a column without metadata");
  return chunk;
}

RowGroup read_row_group(ThriftReader& reader) {
  RowGroup group;
  reader.structure([&](int id) {
    switch (id) {
      case 1:
        reader.list([&] { group.columns.push_back(read_column_chunk(reader)); });
        return true;
      case 3:
        group.rows = reader.integer();
        return true;
      default:
        return false;
    }
  });
  return group;
}

// The header of a data page v1 (fields 1 to 4) and of a dictionary page (1 and 2).
void read_page_v1(ThriftReader& reader, PageHeader* header) {
  reader.structure([&](int id) {
    switch (id) {
      case 1:
        header->values = reader.integer32();
        return true;
      case 2:
        header->encoding = reader.integer32();
        return true;
      case 3:
        if (header->kind == PageHeader::Kind::kDictionary) return false;  // is_sorted
        header->definition_encoding = reader.integer32();
        return true;
      case 4:
        header->repetition_encoding = reader.integer32();
        return true;
      default:
        return false;
    }
  });
}

void read_page_v2(ThriftReader& reader, PageHeader* header) {
  reader.structure([&](int id) {
    switch (id) {
      case 1:
        header->values = reader.integer32();
        return true;
      case 4:
        header->encoding = reader.integer32();
        return true;
      case 5:
        header->definition_bytes = reader.integer32();
        return true;
      case 6:
        header->repetition_bytes = reader.integer32();
        return true;
      case 7:
        header->compressed = reader.boolean();
        return true;
      default:
        return false;
    }
  });
}

}  // namespace

FileMetadata parse_footer(std::span<const std::byte> bytes, const std::string& path,
                          std::uint64_t origin) {
  FileMetadata metadata;
  ThriftReader reader(bytes, path, origin);
  reader.structure([&](int id) {
    switch (id) {
      case 2:
        reader.list([&] {
          if (metadata.schema.size() == kMaxSchema) reader.corrupt("a schema of too many columns");
          metadata.schema.push_back(read_schema_element(reader));
        });
        return true;
      case 3:
        metadata.rows = reader.integer();
        return true;
      case 4:
        reader.list([&] { metadata.row_groups.push_back(read_row_group(reader)); });
        return true;
      case 6:
        metadata.created_by = reader.text();
        return true;
      default:
        return false;
    }
  });
  return metadata;
}

PageHeader parse_page_header(std::span<const std::byte> bytes, const std::string& path,
                             std::uint64_t origin, std::uint64_t* length) {
  PageHeader header;
  ThriftReader reader(bytes, path, origin);
  reader.structure([&](int id) {
    switch (id) {
      case 1: {
        const std::int32_t kind = reader.integer32();
        if (kind < 0 || kind > 3) reader.corrupt("unknown kind of page " + std::to_string(kind));
        header.kind = static_cast<PageHeader::Kind>(kind);
        return true;
      }
      case 2:
        header.uncompressed_bytes = reader.integer32();
        return true;
      case 3:
        header.compressed_bytes = reader.integer32();
        return true;
      case 4:
        header.crc = static_cast<std::uint32_t>(reader.integer32());
        return true;
      case 5:
      case 7:
        read_page_v1(reader, &header);
        return true;
      case 8:
        read_page_v2(reader, &header);
        return true;
      default:
        return false;
    }
  });
  *length = reader.position();
  return header;
}

}  // namespace lucie::parquet
