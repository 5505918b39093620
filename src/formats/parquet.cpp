#include "formats/parquet.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace lucie {

using parquet::Node;

namespace {

constexpr std::string_view kMagic = "PAR1";
constexpr std::uint64_t kTail = 8;  // length of the footer, magic

// The footer's bytes, at the end of the file before their length and the magic.
std::span<const std::byte> footer_of(const MappedFile& file) {
  const std::string path = file.path().string();
  const auto bytes = file.bytes();
  if (!file.text().starts_with(kMagic)) {
    const bool encrypted = file.text().starts_with("PARE");
    fail(encrypted ? ErrorCode::kUnsupported : ErrorCode::kCorrupt,
         encrypted ? "an encrypted Parquet file" : "not a Parquet file", path + ":0");
  }
  if (bytes.size() < kMagic.size() + kTail || !file.text().ends_with(kMagic)) {
    fail(ErrorCode::kCorrupt, "the Parquet file is cut short: it has no footer",
         path + ":" + std::to_string(bytes.size()), "get the file again");
  }
  const std::uint64_t tail = bytes.size() - kTail;
  ByteCursor cursor(bytes.subspan(tail), path, tail);
  const auto length = cursor.number<std::uint32_t>("the footer's length");
  if (length > tail - kMagic.size()) {
    fail(ErrorCode::kCorrupt, "a footer longer than the file", path + ":" + std::to_string(tail));
  }
  return bytes.subspan(tail - length, length);
}

void collect_leaves(const Node& node, std::vector<const Node*>* leaves) {
  if (node.kind == Node::Kind::kLeaf) leaves->push_back(&node);
  for (const Node& child : node.children) collect_leaves(child, leaves);
}

void collect_paths(const Node& node, const std::string& prefix, std::vector<std::string>* paths) {
  for (const Node& child : node.children) {
    const std::string path = prefix + child.element.name;
    if (child.kind == Node::Kind::kLeaf) paths->push_back(path);
    collect_paths(child, path + ".", paths);
  }
}

}  // namespace

bool is_parquet_file(std::string_view head) {
  return head.starts_with(kMagic);
}

ParquetFile::ParquetFile(const fs::path& path) : file_(path) {
  const auto footer = footer_of(file_);
  footer_ = static_cast<std::uint64_t>(footer.data() - file_.bytes().data());
  metadata_ = parquet::parse_footer(footer, path.string(), footer_);
  const std::string place = path.string() + ":" + std::to_string(footer_);
  schema_ = parquet::build_schema(metadata_.schema, place);
  collect_leaves(schema_, &leaves_);
  if (leaves_.empty() && metadata_.rows != 0) {
    fail(ErrorCode::kCorrupt, "rows without columns", place);
  }
  std::int64_t left = metadata_.rows;
  for (const parquet::RowGroup& group : metadata_.row_groups) {
    check_row_group(group);
    if (group.rows > left) fail(ErrorCode::kCorrupt, "row groups of more rows than stated", place);
    left -= group.rows;
  }
  if (left != 0) fail(ErrorCode::kCorrupt, "row groups of fewer rows than stated", place);
}

void ParquetFile::check_row_group(const parquet::RowGroup& group) const {
  const std::string place = path().string() + ":" + std::to_string(footer_);
  if (group.columns.size() != leaves_.size()) {
    fail(ErrorCode::kCorrupt, "a row group with other columns than the schema's", place);
  }
  if (group.rows < 0) fail(ErrorCode::kCorrupt, "a row group of negative size", place);
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    check_chunk(*leaves_[i], group.columns[i], group.rows);
  }
}

void ParquetFile::check_chunk(const Node& leaf, const parquet::ColumnChunk& chunk,
                              std::int64_t rows) const {
  const std::string place = path().string() + ":" + std::to_string(footer_);
  const std::string column = "column '" + leaf.element.name + "'";
  if (chunk.encrypted) fail(ErrorCode::kUnsupported, column + " is encrypted", place);
  if (chunk.elsewhere) fail(ErrorCode::kUnsupported, column + " is in another file", place);
  if (chunk.type != *leaf.element.type) {
    fail(ErrorCode::kCorrupt, column + " is of another type than the schema says", place);
  }
  // Every row has an entry; a column without lists has no others.
  if (chunk.values < rows || (leaf.repetition == 0 && chunk.values != rows)) {
    fail(ErrorCode::kCorrupt, column + " does not have the row group's number of values", place);
  }
  if (chunk.values == 0) return;  // of no rows; some writers give it no place either
  std::int64_t start = chunk.data_page_offset;
  if (chunk.dictionary_page_offset > 0) start = std::min(start, chunk.dictionary_page_offset);
  const auto end = static_cast<std::int64_t>(footer_);
  if (start < static_cast<std::int64_t>(kMagic.size()) || start > end ||
      chunk.compressed_bytes < 0 || chunk.compressed_bytes > end - start) {
    fail(ErrorCode::kCorrupt, column + " is not within the file", place);
  }
}

std::vector<std::string> ParquetFile::names() const {
  std::vector<std::string> names;
  for (const Node& child : schema_.children) names.push_back(child.element.name);
  return names;
}

std::vector<ParquetColumn> ParquetFile::columns() const {
  std::vector<std::string> paths;
  collect_paths(schema_, "", &paths);
  std::vector<ParquetColumn> columns;
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    ParquetColumn column;
    column.path = paths[i];
    column.type = parquet::leaf_type_name(leaves_[i]->element);
    for (const parquet::RowGroup& group : metadata_.row_groups) {
      const parquet::ColumnChunk& chunk = group.columns[i];
      const std::string codec = parquet::codec_name(chunk.codec);
      if (column.codec.find(codec) == std::string::npos) {
        column.codec += (column.codec.empty() ? "" : ", ") + codec;
      }
      column.compressed_bytes += static_cast<std::uint64_t>(chunk.compressed_bytes);
      column.uncompressed_bytes +=
          static_cast<std::uint64_t>(std::max<std::int64_t>(chunk.uncompressed_bytes, 0));
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace lucie
