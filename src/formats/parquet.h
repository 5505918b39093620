// Parquet files, reading only (docs/formats/parquet.md; parquet-format 2.11).
//
//   const ParquetFile file("part-00000.parquet");
//   for (std::size_t group = 0; group < file.row_groups(); ++group) {
//     ParquetRows rows(file, group, {"text", "url"});     // {} are all columns
//     for (Json row; rows.next(&row);) use(row.at("text").as_string());
//   }
//
// A row is an object of the chosen top columns in the file's order. Lists are arrays; structs are
// objects, maps too (a key that is no string is written as JSON); nulls are null. Dates, times and
// decimals are text (parquet_json.h). Text and bytes come as they are: whoever needs UTF-8 checks
// it.
//
// The file is mapped and read page by page: a reader needs the memory of one page and one
// dictionary for each chosen column. Row groups are independent of each other; several threads may
// read different ones of one ParquetFile.
//
// What is not a Parquet file, is cut short or contradicts itself is Error{kCorrupt} with file and
// offset, what we do not read (encryption, lzo, brotli, lz4; rows and pages of more than 256 MB)
// kUnsupported.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "formats/parquet_column.h"

namespace lucie {

struct ParquetColumn {
  std::string path;   // "tags.list.element"
  std::string type;   // "text", "int64"
  std::string codec;  // "snappy"; of several, with ", " between
  std::uint64_t compressed_bytes = 0, uncompressed_bytes = 0;  // over all row groups
};

class ParquetFile {
 public:
  explicit ParquetFile(const fs::path& path);

  const fs::path& path() const { return file_.path(); }
  std::int64_t rows() const { return metadata_.rows; }
  std::size_t row_groups() const { return metadata_.row_groups.size(); }
  std::int64_t rows(std::size_t group) const { return metadata_.row_groups.at(group).rows; }
  const parquet::Node& schema() const { return schema_; }
  std::vector<std::string> names() const;      // of the top columns
  std::vector<ParquetColumn> columns() const;  // the leaves
  const std::string& created_by() const { return metadata_.created_by; }

 private:
  friend class ParquetRows;
  void check_row_group(const parquet::RowGroup& group) const;
  void check_chunk(const parquet::Node& leaf, const parquet::ColumnChunk& chunk,
                   std::int64_t rows) const;

  MappedFile file_;
  std::uint64_t footer_ = 0;  // its offset
  parquet::FileMetadata metadata_;
  parquet::Node schema_;
  std::vector<const parquet::Node*> leaves_;
};

bool is_parquet_file(std::string_view head);  // by the first bytes

// The rows of one row group.
class ParquetRows {
 public:
  // `file` outlives this. A name that is no top column is Error{kNotFound} with the nearest one.
  ParquetRows(const ParquetFile& file, std::size_t group, const std::vector<std::string>& names);
  bool next(Json* row);  // false behind the last

 private:
  Json read(const parquet::Node& node);
  Json read_list(const parquet::Node& node);
  Json content(const parquet::Node& node);
  Json read_map(const parquet::Node& node);
  void pass(const parquet::Node& node);
  bool goes_on(const parquet::Node& node);

  void count(std::size_t bytes);

  const ParquetFile& file_;
  std::int64_t left_;
  std::size_t row_bytes_ = 0;  // about what the row takes in memory
  std::vector<const parquet::Node*> chosen_;
  std::vector<std::unique_ptr<parquet::ColumnReader>> readers_;  // by leaf; null: not chosen
};

}  // namespace lucie
