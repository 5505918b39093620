// The tree of a Parquet file's columns, checked, with the levels that Dremel's record assembly
// needs (Melnik et al., "Dremel: Interactive Analysis of Web-Scale Datasets", VLDB 2010).
#pragma once

#include <string>
#include <vector>

#include "formats/parquet_metadata.h"

namespace lucie::parquet {

struct Node {
  enum class Kind : std::uint8_t {
    kLeaf,
    kStruct,
    kWrapper,  // stands for its only child: a list's group, and the repeated group within
    kMap,      // its child is a repeated struct of a key and a value
  };
  Kind kind = Kind::kStruct;
  SchemaElement element;
  // Its value is there when the definition level is at least this; below, it is null or, when the
  // node is repeated, there is no element.
  int definition = 0;
  int repetition = 0;  // an entry of this repetition level begins the next element
  std::size_t first_column = 0, columns = 0;  // the leaves below it
  std::vector<Node> children;
};

// The root. Error{kCorrupt} with `place` for elements that are no tree, nest beyond 64 levels, or
// contradict themselves.
Node build_schema(const std::vector<SchemaElement>& elements, const std::string& place);

// "text", "list of {name: text, year: int32}", "timestamp": for people.
std::string type_name(const Node& node);
std::string leaf_type_name(const SchemaElement& element);

}  // namespace lucie::parquet
