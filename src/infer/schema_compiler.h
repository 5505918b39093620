// From a JSON schema to rules of a grammar. Within the schema compiler only.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace lucie::schema {

class Compiler {
 public:
  explicit Compiler(const Json& root) : root_(root) {}
  std::string compile();

 private:
  static constexpr int kDeepest = 200;

  // schema_compiler.cpp: what schemas are made of. Each gives an expression for the texts of a
  // schema; `at` is its place.
  std::string visit(const Json& schema, const std::string& at, int depth);
  std::string expression(const Json& schema, const std::string& at, int depth);
  std::string one_of(const Json& rest, const Json& any, const std::string& at, int depth);
  std::string refer(const std::string& reference, int depth);
  std::string by_type(const Json& schema, const std::string& at, int depth);
  Json merge(Json a, const Json& b, const std::string& at);
  Json join(Json result, const Json& b, const std::string& at);
  const Json& target(const std::string& reference, const std::string& at) const;
  std::string add_rule(const std::string& body);
  void count_text(std::size_t bytes);

  // schema_values.cpp: the types.
  std::string array(const Json& schema, const std::string& at, int depth);
  std::string object(const Json& schema, const std::string& at, int depth);
  std::string other_names(const Json::Object& members);
  std::string other_names(std::span<const std::u32string> names, std::size_t length, int depth);

  const Json& root_;
  std::vector<std::string> rules_;
  std::map<std::string, std::string> references_;
  std::size_t visited_ = 0, merged_ = 0, written_ = 0;
};

std::string string_rule(const Json& schema, const std::string& at);
std::string integer_rule(const Json& schema, const std::string& at);
std::string number_rule(const Json& schema, const std::string& at);

[[noreturn]] inline void refuse(const std::string& what, const std::string& at,
                                ErrorCode code = ErrorCode::kUnsupported) {
  fail(code, what, "schema" + at);
}
// Values as the type that a keyword asks for, else Error{kInvalidArgument}.
const Json::Array& list_of(const Json& value, const std::string& at);
const std::string& text_of(const Json& value, const std::string& at);

}  // namespace lucie::schema
