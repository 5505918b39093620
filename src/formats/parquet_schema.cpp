#include "formats/parquet_schema.h"

#include "base/error.h"

namespace lucie::parquet {
namespace {

constexpr int kMaxDepth = 64;
constexpr std::int32_t kMaxFixed = 1 << 20;  // bytes of a value of fixed length

// A decimal or date of the wrong physical type and the like: the annotation contradicts the type.
bool fits(Logical logical, Type type, std::int32_t length) {
  const bool integer = type == Type::kInt32 || type == Type::kInt64;
  switch (logical) {
    case Logical::kDecimal:
      return integer || type == Type::kByteArray || type == Type::kFixed;
    case Logical::kDate:
      return type == Type::kInt32;
    case Logical::kTime:
    case Logical::kUnsigned:
      return integer;
    case Logical::kTimestamp:
      return type == Type::kInt64;
    case Logical::kUuid:
      return type == Type::kFixed && length == 16;
    case Logical::kList:
    case Logical::kMap:
      return false;
    case Logical::kNone:
    case Logical::kForeign:
      return true;
  }
  return false;
}

class Builder {
 public:
  Builder(const std::vector<SchemaElement>& elements, const std::string& place)
      : elements_(elements), place_(place) {}

  Node root() {
    if (elements_.empty()) corrupt("a schema without a root");
    Node node;
    node.element = elements_[next_++];
    if (node.element.type) corrupt("the schema's root is a column");
    add_children(&node, 1);
    if (next_ != elements_.size()) corrupt("a schema with elements below no group");
    return node;
  }

 private:
  [[noreturn]] void corrupt(const std::string& message) const {
    fail(ErrorCode::kCorrupt, message, place_);
  }

  Node build(const Node& parent, int depth) {
    if (depth > kMaxDepth) corrupt("the schema nests too deeply");
    if (next_ == elements_.size()) corrupt("a schema with fewer elements than it states");
    Node node;
    node.element = elements_[next_++];
    node.definition = parent.definition;
    node.repetition = parent.repetition;
    if (node.element.repetition != Repetition::kRequired) ++node.definition;
    if (node.element.repetition == Repetition::kRepeated) ++node.repetition;
    if (node.element.type) {
      make_leaf(&node);
    } else {
      if (node.element.children < 1) corrupt("group '" + node.element.name + "' without columns");
      add_children(&node, depth + 1);
      set_kind(&node);
    }
    return node;
  }

  void add_children(Node* node, int depth) {
    node->first_column = leaves_;
    for (std::int32_t i = 0; i < node->element.children; ++i) {
      node->children.push_back(build(*node, depth));
    }
    node->columns = leaves_ - node->first_column;
  }

  void make_leaf(Node* node) {
    const SchemaElement& element = node->element;
    if (element.children > 0) corrupt("column '" + element.name + "' with columns below it");
    const bool fixed = *element.type == Type::kFixed;
    if (fixed && (element.type_length < 1 || element.type_length > kMaxFixed)) {
      corrupt("column '" + element.name + "' with values of " +
              std::to_string(element.type_length) + " bytes");
    }
    if (!fits(element.logical, *element.type, element.type_length)) {
      corrupt("column '" + element.name + "' whose logical type is not for its physical type");
    }
    if (element.logical == Logical::kDecimal && (element.scale < 0 || element.scale > 38)) {
      corrupt("column '" + element.name + "' with " + std::to_string(element.scale) + " decimals");
    }
    node->kind = Node::Kind::kLeaf;
    node->first_column = leaves_++;
    node->columns = 1;
  }

  // The rules for lists of three and of two levels are those of parquet-format's LogicalTypes.md.
  void set_kind(Node* node) const {
    if (node->element.logical != Logical::kList && node->element.logical != Logical::kMap) return;
    if (node->children.size() != 1) return;
    Node& repeated = node->children.front();
    if (repeated.element.repetition != Repetition::kRepeated) return;
    if (node->element.logical == Logical::kMap) {
      if (repeated.children.size() != 2) return;
      node->kind = Node::Kind::kMap;
      repeated.kind = Node::Kind::kStruct;
      return;
    }
    node->kind = Node::Kind::kWrapper;
    const std::string& name = repeated.element.name;
    const bool is_element = name == "array" || name == node->element.name + "_tuple";
    if (repeated.kind == Node::Kind::kStruct && repeated.children.size() == 1 && !is_element) {
      repeated.kind = Node::Kind::kWrapper;
    }
  }

  const std::vector<SchemaElement>& elements_;
  const std::string& place_;
  std::size_t next_ = 0, leaves_ = 0;
};

std::string content_name(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kLeaf:
      return leaf_type_name(node.element);
    case Node::Kind::kWrapper:
      return type_name(node.children.front());
    case Node::Kind::kMap:
      return "map to " + type_name(node.children.front().children.back());
    case Node::Kind::kStruct:
      break;
  }
  std::string names;
  for (const Node& child : node.children) {
    names += (names.empty() ? "" : ", ") + child.element.name + ": " + type_name(child);
  }
  return "{" + names + "}";
}

}  // namespace

Node build_schema(const std::vector<SchemaElement>& elements, const std::string& place) {
  return Builder(elements, place).root();
}

std::string leaf_type_name(const SchemaElement& element) {
  switch (element.logical) {
    case Logical::kDecimal:
      return "decimal";
    case Logical::kDate:
      return "date";
    case Logical::kTime:
      return "time";
    case Logical::kTimestamp:
      return "timestamp";
    case Logical::kUnsigned:
      return *element.type == Type::kInt32 ? "uint32" : "uint64";
    case Logical::kUuid:
      return "uuid";
    case Logical::kForeign:
      return element.foreign;
    default:
      break;
  }
  switch (*element.type) {
    case Type::kBoolean:
      return "boolean";
    case Type::kInt32:
      return "int32";
    case Type::kInt64:
      return "int64";
    case Type::kInt96:
      return "timestamp";
    case Type::kFloat:
      return "float";
    case Type::kDouble:
      return "double";
    case Type::kByteArray:
      return element.text ? "text" : "bytes";
    case Type::kFixed:
      return "bytes[" + std::to_string(element.type_length) + "]";
  }
  return {};
}

std::string type_name(const Node& node) {
  const bool repeated = node.element.repetition == Repetition::kRepeated;
  return (repeated ? "list of " : "") + content_name(node);
}

}  // namespace lucie::parquet
