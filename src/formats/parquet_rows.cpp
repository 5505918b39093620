// Record assembly: the tree of the schema is walked once per row, and the levels of the columns
// tell where a value is null, where a list is empty and where it ends.
#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "formats/parquet.h"

namespace lucie {

using parquet::ColumnReader;
using parquet::Node;

namespace {

constexpr std::size_t kMaxRowBytes = std::size_t{1} << 28;

}  // namespace

ParquetRows::ParquetRows(const ParquetFile& file, std::size_t group,
                         const std::vector<std::string>& names)
    : file_(file), left_(file.rows(group)), readers_(file.leaves_.size()) {
  const std::vector<std::string> known = file.names();
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string meant = did_you_mean(name, known);
    fail(ErrorCode::kNotFound, "no column '" + name + "'", file.path().string(),
         meant.empty() ? "the columns are " + join(known, ", ") : meant);
  }
  const parquet::RowGroup& row_group = file.metadata_.row_groups[group];
  for (const Node& node : file.schema_.children) {
    const bool wanted =
        names.empty() || std::find(names.begin(), names.end(), node.element.name) != names.end();
    if (!wanted) continue;
    chosen_.push_back(&node);
    for (std::size_t i = node.first_column; i < node.first_column + node.columns; ++i) {
      readers_[i] =
          std::make_unique<ColumnReader>(*file.leaves_[i], row_group.columns[i], file.file_);
    }
  }
}

bool ParquetRows::next(Json* row) {
  if (left_ == 0) return false;
  --left_;
  row_bytes_ = 0;
  Json::Object members;
  members.reserve(chosen_.size());
  for (const Node* node : chosen_) members.emplace_back(node->element.name, read(*node));
  *row = Json(std::move(members));
  for (const auto& reader : readers_) {
    if (!reader) continue;
    if (reader->repetition() != 0) reader->corrupt("a row that ends within a list");
    if (left_ == 0 && !reader->at_end()) reader->corrupt("more values than the row group has rows");
  }
  return true;
}

// A few bytes of runs and dictionary can stand for a list of any length.
void ParquetRows::count(std::size_t bytes) {
  row_bytes_ += bytes;
  if (row_bytes_ > kMaxRowBytes) {
    fail(ErrorCode::kUnsupported, "a row of more than 256 MB", file_.path().string());
  }
}

// Where the parent is there: this node is null, an array, or its content.
Json ParquetRows::read(const Node& node) {
  const bool there = readers_[node.first_column]->definition() >= node.definition;
  const bool list = node.element.repetition == parquet::Repetition::kRepeated;
  if (there) return list ? read_list(node) : content(node);
  pass(node);
  return list ? Json::array() : Json();
}

Json ParquetRows::read_list(const Node& node) {
  Json::Array elements;
  do {
    count(sizeof(Json));
    elements.push_back(content(node));
  } while (goes_on(node));
  return elements;
}

Json ParquetRows::content(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kLeaf: {
      ColumnReader& reader = *readers_[node.first_column];
      if (reader.definition() != node.definition) reader.corrupt("a null that cannot be one");
      Json value = reader.value();
      if (value.is_string()) count(value.as_string().size());
      reader.advance();
      return value;
    }
    case Node::Kind::kWrapper:
      return read(node.children.front());
    case Node::Kind::kMap:
      return read_map(node.children.front());
    case Node::Kind::kStruct:
      break;
  }
  Json::Object members;
  members.reserve(node.children.size());
  for (const Node& child : node.children) members.emplace_back(child.element.name, read(child));
  return members;
}

Json ParquetRows::read_map(const Node& node) {
  Json pairs = read(node);
  Json::Object members;
  members.reserve(pairs.size());
  for (Json& pair : pairs.items()) {
    Json& key = pair.members().front().second;
    members.emplace_back(key.is_string() ? key.as_string() : key.dump(),
                         std::move(pair.members().back().second));
  }
  return members;
}

// Every column below a node that is not there has one entry to say so.
void ParquetRows::pass(const Node& node) {
  for (std::size_t i = node.first_column; i < node.first_column + node.columns; ++i) {
    ColumnReader& reader = *readers_[i];
    if (reader.definition() >= node.definition) reader.corrupt("a value where there is no parent");
    reader.advance();
  }
}

// Whether a further element follows; all columns below must agree.
bool ParquetRows::goes_on(const Node& node) {
  const auto follows = [&](std::size_t column) {
    const ColumnReader& reader = *readers_[column];
    if (reader.repetition() > node.repetition) reader.corrupt("a list within no list");
    return reader.repetition() == node.repetition;
  };
  const bool first = follows(node.first_column);
  for (std::size_t i = 1; i < node.columns; ++i) {
    if (follows(node.first_column + i) != first) {
      readers_[node.first_column + i]->corrupt("columns disagree on the length of a list");
    }
  }
  return first;
}

}  // namespace lucie
