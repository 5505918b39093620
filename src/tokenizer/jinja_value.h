// Values of the template interpreter. Text remembers which of its bytes came from which message, so
// that after rendering one knows exactly what the template wrote and what a user wrote, whatever
// the template did with it. Lists and dictionaries cannot be changed once made. Internal.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.h"

namespace lucie::jinja {

struct Origin {
  std::size_t begin = 0, end = 0;  // bytes of the text
  int source = 0;
};

class Text {
 public:
  Text() = default;
  explicit Text(std::string bytes) : bytes_(std::move(bytes)) {}
  Text(std::string bytes, int source);  // all of it from `source`

  const std::string& str() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  const std::vector<Origin>& origins() const {
    return origins_;
  }  // rising, not touching unless of
     // different sources
  Text substr(std::size_t begin, std::size_t length) const;
  void append(const Text& other);
  void append(std::string_view bytes) { bytes_ += bytes; }
  // Bytes of template text mixed with bytes from outside, made from this text (an encoding, say):
  // all of it counts as from outside if anything does.
  Text rewritten(std::string bytes) const;

 private:
  void mark(std::size_t begin, std::size_t end, int source);
  std::string bytes_;
  std::vector<Origin> origins_;
};

class Value;
using List = std::vector<Value>;
using Dict = std::vector<std::pair<std::string, Value>>;  // in order of insertion
struct Stmt;

struct Undefined {
  std::string name;
};
struct None {};
struct Namespace;

class Value {
 public:
  enum class Kind {
    kUndefined,
    kNone,
    kBool,
    kInteger,
    kFloat,
    kString,
    kList,
    kDict,
    kNamespace,
    kMacro,
  };

  Value() : value_(Undefined{}) {}
  Value(Undefined undefined) : value_(std::move(undefined)) {}
  Value(None) : value_(None{}) {}
  Value(bool value) : value_(value) {}
  Value(std::int64_t value) : value_(value) {}
  Value(double value) : value_(value) {}
  Value(Text value) : value_(std::make_shared<const Text>(std::move(value))) {}
  Value(std::string value) : Value(Text(std::move(value))) {}
  // Error{kUnsupported} when nested too deeply, too heavy, or when a namespace is within.
  Value(List items);
  Value(Dict items);
  Value(std::shared_ptr<Namespace> value) : value_(std::move(value)) {}
  Value(const Stmt* macro) : value_(macro) {}
  template <typename T>
  Value(T*) = delete;

  Kind kind() const { return static_cast<Kind>(value_.index()); }
  bool is(Kind kind) const { return this->kind() == kind; }
  bool is_number() const { return is(Kind::kBool) || is(Kind::kInteger) || is(Kind::kFloat); }
  const Undefined& undefined() const { return std::get<Undefined>(value_); }
  bool boolean() const { return std::get<bool>(value_); }
  const Text& text() const { return *std::get<std::shared_ptr<const Text>>(value_); }
  const std::string& str() const { return text().str(); }
  const List& list() const { return std::get<std::shared_ptr<const ListBox>>(value_)->items; }
  const Dict& dict() const { return std::get<std::shared_ptr<const DictBox>>(value_)->items; }
  Namespace& name_space() const { return *std::get<std::shared_ptr<Namespace>>(value_); }
  const Stmt* macro() const { return std::get<const Stmt*>(value_); }
  std::int64_t integer() const;  // of a boolean or integer
  double number() const;         // of any number

  bool truthy() const;
  const Value* find(std::string_view key) const;  // of a dictionary or namespace, else nullptr
  int depth() const;                              // 0 for scalars
  // What going through all of it costs, shared parts counted each time: without a bound on it,
  // [x, x] repeated would double the work with every line.
  std::size_t weight() const;

 private:
  struct ListBox {
    List items;
    int depth;
    std::size_t weight;
  };
  struct DictBox {
    Dict items;
    int depth;
    std::size_t weight;
  };
  std::variant<Undefined, None, bool, std::int64_t, double, std::shared_ptr<const Text>,
               std::shared_ptr<const ListBox>, std::shared_ptr<const DictBox>,
               std::shared_ptr<Namespace>, const Stmt*>
      value_;
};

struct Namespace {
  std::map<std::string, Value> members;
};

const char* type_name(const Value& value);   // as Python calls it
bool equal(const Value& a, const Value& b);  // ==
Text to_text(const Value& value);            // str()
// The options of Python's json.dumps.
struct JsonStyle {
  int indent = -1;  // none
  bool ascii = false, sort_keys = false;
  std::string between = ", ", after_key = ": ";
};
Text to_json_text(const Value& value, const JsonStyle& style);
Value from_json(const Json& json);

}  // namespace lucie::jinja
