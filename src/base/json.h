// The value that JSON, YAML and manifests are read into and written from.
//
// Objects keep the order of insertion, so the same value always gives the same bytes. Checked
// access throws Error{kInvalidArgument} that names the place ("recipe.yaml:12: train.phases").
// The parsers behind (nlohmann-json, yaml-cpp) are included in json_parser.cpp and yaml.cpp only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/file.h"

namespace lucie {

class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;

  Json() = default;  // null
  Json(bool value) : value_(value) {}
  Json(int value) : value_(std::int64_t{value}) {}
  Json(std::int64_t value) : value_(value) {}
  Json(std::uint64_t value);  // above 2^63-1 it becomes a double
  Json(double value) : value_(value) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  Json(Object value) : value_(std::move(value)) {}
  static Json array() { return Json(Array{}); }
  static Json object() { return Json(Object{}); }

  bool is_null() const { return value_.index() == 0; }
  bool is_bool() const { return value_.index() == 1; }
  bool is_int() const { return value_.index() == 2; }
  bool is_number() const { return is_int() || value_.index() == 3; }
  bool is_string() const { return value_.index() == 4; }
  bool is_array() const { return value_.index() == 5; }
  bool is_object() const { return value_.index() == 6; }

  bool as_bool() const;
  std::int64_t as_int() const;  // a double with an integral value ("3e6") is accepted
  double as_double() const;
  const std::string& as_string() const;
  const Array& items() const;
  const Object& members() const;
  Array& items();
  Object& members();
  std::size_t size() const;  // of an array or object, else 0

  const Json* find(std::string_view key) const;  // nullptr when absent or not an object
  const Json& at(std::string_view key) const;    // throws when absent
  const Json& at(std::size_t index) const;
  // Of an object; null becomes an object; adds when absent. Both this and find() go through the
  // members one by one: build a large object through members().
  Json& operator[](std::string_view key);
  void push_back(Json value);  // of an array; null becomes an array
  void erase(std::string_view key);

  // Value of a key or a default when it is absent or null.
  std::string get(std::string_view key, const char* fallback) const;
  std::int64_t get(std::string_view key, std::int64_t fallback) const;
  std::int64_t get(std::string_view key, int fallback) const;
  double get(std::string_view key, double fallback) const;
  bool get(std::string_view key, bool fallback) const;

  // Where the value stood in its file ("path:line"), for errors; may be empty.
  const std::string& place() const { return place_; }
  void set_place(std::string place) { place_ = std::move(place); }

  // Compact for indent < 0. Doubles in shortest form that reads back; non-finite become null.
  std::string dump(int indent = -1) const;
  bool operator==(const Json& other) const { return value_ == other.value_; }

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
  std::string place_;
};

// Error{kInvalidArgument} for a key of `object` that is not one of `known`, with its place and the
// nearest name. `section` ("corpus.dedup") is what the message puts before the key.
void refuse_unknown_keys(const Json& object, const std::vector<std::string>& known,
                         std::string_view section = {});

// The words under a key that takes one or a list of them; none when it is absent.
std::vector<std::string> strings_at(const Json& object, std::string_view key);

// `name` is the file's path or any label used in errors. Invalid input, a key that stands twice and
// nesting beyond 200 levels: Error{kCorrupt} with line. The values of the two upper levels carry
// "name: key.key" as their place.
Json parse_json(std::string_view text, const std::string& name);
Json read_json(const fs::path& path);
void write_json(const fs::path& path, const Json& value);  // atomic, indented, final newline

// YAML 1.2 core types for plain scalars; every value carries "name:line" as its place. A key that
// stands twice in a mapping is an error.
Json parse_yaml(std::string_view text, const std::string& name);
Json read_yaml(const fs::path& path);
std::string dump_yaml(const Json& value);

}  // namespace lucie
