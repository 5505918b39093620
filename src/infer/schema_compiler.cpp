#include "infer/schema_compiler.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "infer/schema_text.h"

namespace lucie::schema {
namespace {

// A few references make many visits, and the same text many times.
constexpr std::size_t kMostRules = 20'000;  // and visits
constexpr std::size_t kMostText = std::size_t{32} << 20;

constexpr const char* kCommonRules =
    "ws ::= | \" \" | \"\\n\" [ \\t]{0,20}\n"
    "char ::= [^\"\\\\\\x7F\\x00-\\x1F] | \"\\\\\" ([\"\\\\bfnrt/] | \"u\" [0-9a-fA-F]{4})\n"
    "string ::= \"\\\"\" char* \"\\\"\"\n"
    "integer ::= \"-\"? (\"0\" | [1-9] [0-9]{0,15})\n"
    "number ::= integer (\".\" [0-9]{1,16})? ([eE] [-+]? [0-9]{1,3})?\n"
    "boolean ::= \"true\" | \"false\"\n"
    "null ::= \"null\"\n"
    "value ::= object | array | string | number | boolean | null\n"
    "object ::= \"{\" ws (string \":\" ws value (\",\" ws string \":\" ws value)*)? ws \"}\"\n"
    "array ::= \"[\" ws (value (\",\" ws value)*)? ws \"]\"\n"
    "date ::= [0-9]{4} \"-\" (\"0\" [1-9] | \"1\" [0-2]) \"-\" ([0-2] [0-9] | \"3\" [01])\n"
    "time ::= ([01] [0-9] | \"2\" [0-3]) \":\" [0-5] [0-9] \":\" [0-5] [0-9] (\".\" [0-9]{3})? "
    "(\"Z\" | [-+] ([01] [0-9] | \"2\" [0-3]) \":\" [0-5] [0-9])\n"
    "uuid ::= [0-9a-fA-F]{8} (\"-\" [0-9a-fA-F]{4}){3} \"-\" [0-9a-fA-F]{12}\n";

bool has_type(const Json& value, const std::string& type, const std::string& at) {
  if (type == "string") return value.is_string();
  if (type == "number") return value.is_number();
  if (type == "integer") {
    return value.is_number() && value.as_double() == std::floor(value.as_double());
  }
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "boolean") return value.is_bool();
  if (type == "null") return value.is_null();
  refuse("there is no type " + type, at + "/type", ErrorCode::kInvalidArgument);
}

// The values of `enum` and `const` that have the schema's type.
std::string enumeration(const Json& schema, const std::string& at) {
  for (const char* keyword :
       {"properties", "required", "additionalProperties", "items", "prefixItems", "minItems",
        "maxItems", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum",
        "exclusiveMaximum"}) {
    if (schema.find(keyword)) {
      refuse(std::string("values that are listed have no ") + keyword, at + "/" + keyword);
    }
  }
  const Json* only = schema.find("const");
  const Json* listed = schema.find("enum");
  const Json* type = schema.find("type");
  const Json::Array types = type == nullptr    ? Json::Array{}
                            : type->is_array() ? list_of(*type, at + "/type")
                                               : Json::Array{*type};
  std::string body;
  for (const Json& value : listed ? list_of(*listed, at + "/enum") : Json::Array{*only}) {
    if (only && !(value == *only)) continue;
    const bool typed = std::any_of(types.begin(), types.end(), [&](const Json& one) {
      return has_type(value, text_of(one, at + "/type"), at);
    });
    if (typed || !type) body += (body.empty() ? "" : " | ") + literal(value.dump());
  }
  return body.empty() ? "[]" : group(body);
}

// Keywords that say something about texts which this compiler cannot.
void refuse_unkept(const Json& schema, const std::string& at) {
  for (const char* keyword :
       {"not", "if", "patternProperties", "propertyNames", "dependentRequired", "dependencies",
        "dependentSchemas", "contains", "multipleOf", "minProperties", "maxProperties",
        "unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "additionalItems"}) {
    if (schema.find(keyword)) {
      refuse(std::string("the keyword ") + keyword + " is not known", at + "/" + keyword);
    }
  }
  const Json* unique = schema.find("uniqueItems");
  if (unique && unique->is_bool() && unique->as_bool()) {
    refuse("the keyword uniqueItems is not known", at + "/uniqueItems");
  }
}

bool is_note(const std::string& key) {
  constexpr const char* kNotes[] = {
      "title", "description", "default",     "examples", "$schema",   "$id",       "$comment",
      "$defs", "$anchor",     "definitions", "readOnly", "writeOnly", "deprecated"};
  return std::find(std::begin(kNotes), std::end(kNotes), key) != std::end(kNotes);
}
bool constrains(const Json& schema) {
  return std::any_of(schema.members().begin(), schema.members().end(),
                     [](const Json::Member& member) { return !is_note(member.first); });
}
Json without(const Json& schema, const std::vector<std::string>& keys) {
  Json rest = schema;
  for (const std::string& key : keys) rest.erase(key);
  return rest;
}
}  // namespace

const Json::Array& list_of(const Json& value, const std::string& at) {
  if (!value.is_array() || value.size() == 0) {
    refuse("a list of one or more should stand here", at, ErrorCode::kInvalidArgument);
  }
  return value.items();
}
const std::string& text_of(const Json& value, const std::string& at) {
  if (!value.is_string()) refuse("a text should stand here", at, ErrorCode::kInvalidArgument);
  return value.as_string();
}

std::string Compiler::compile() {
  const std::string body = visit(root_, "#", 0);
  std::string text = "root ::= " + body + "\n";
  for (const std::string& rule : rules_) text += rule + "\n";
  return text + kCommonRules;
}

std::string Compiler::add_rule(const std::string& body) {
  if (rules_.size() >= kMostRules) refuse("the schema is too large", "#");
  count_text(body.size());
  std::string name = "r" + std::to_string(rules_.size());
  rules_.push_back(name + " ::= " + body);
  return name;
}

void Compiler::count_text(std::size_t bytes) {
  written_ += bytes;
  if (written_ > kMostText) refuse("the schema is too large", "#");
}

std::string Compiler::visit(const Json& schema, const std::string& at, int depth) {
  if (++visited_ > kMostRules) refuse("the schema is too large", at);
  std::string text = expression(schema, at, depth);
  count_text(text.size());
  return text;
}

std::string Compiler::expression(const Json& schema, const std::string& at, int depth) {
  if (depth > kDeepest) refuse("schemas stand too deep within each other", at);
  if (schema.is_bool()) return schema.as_bool() ? "value" : "[]";
  if (!schema.is_object()) refuse("a schema is an object", at, ErrorCode::kInvalidArgument);
  refuse_unkept(schema, at);
  if (const Json* reference = schema.find("$ref")) {
    const Json rest = without(schema, {"$ref"});
    if (!constrains(rest)) return refer(text_of(*reference, at + "/$ref"), depth);
    return visit(merge(rest, target(text_of(*reference, at), at), at), at, depth + 1);
  }
  if (const Json* all = schema.find("allOf")) {
    Json merged = without(schema, {"allOf"});
    for (const Json& part : list_of(*all, at + "/allOf")) merged = merge(merged, part, at);
    return visit(merged, at, depth + 1);
  }
  for (const char* keyword : {"anyOf", "oneOf"}) {
    if (const Json* any = schema.find(keyword)) {
      return one_of(without(schema, {keyword}), *any, at + "/" + keyword, depth);
    }
  }
  if (schema.find("const") || schema.find("enum")) return enumeration(schema, at);
  return by_type(schema, at, depth);
}

std::string Compiler::one_of(const Json& rest, const Json& any, const std::string& at, int depth) {
  std::string body;
  for (const Json& part : list_of(any, at)) {
    const Json merged = constrains(rest) ? merge(rest, part, at) : part;
    body += (body.empty() ? "" : " | ") + visit(merged, at, depth + 1);
  }
  return add_rule(body);
}

// What both ask for.
Json Compiler::merge(Json a, const Json& b, const std::string& at) {
  const Json* part = &b;
  for (; const Json* reference = part->find("$ref"); part = &target(text_of(*reference, at), at)) {
    if (++merged_ > kMostRules) refuse("its references have no end", at);
    a = join(std::move(a), without(*part, {"$ref"}), at);
  }
  return join(std::move(a), *part, at);
}

// The same of schemas without references.
Json Compiler::join(Json result, const Json& b, const std::string& at) {
  if (b.is_bool() && b.as_bool()) return result;
  if (!b.is_object()) refuse("a schema is an object", at, ErrorCode::kInvalidArgument);
  for (const auto& [key, value] : b.members()) {
    const Json* before = result.find(key);
    if (is_note(key) || (before && *before == value)) continue;
    if (!before) {
      result[key] = value;
    } else if (key == "required" && value.is_array() && before->is_array()) {
      for (const Json& name : value.items()) result[key].push_back(name);
    } else if (key == "properties" && value.is_object() && before->is_object()) {
      for (const auto& [name, property] : value.members()) {
        if (before->find(name)) refuse("two parts of it describe " + name, at);
        result[key][name] = property;
        before = result.find(key);
      }
    } else {
      refuse("two parts of it say " + key, at);
    }
  }
  return result;
}

// A place within the schema, "#/$defs/name".
const Json& Compiler::target(const std::string& reference, const std::string& at) const {
  if (!reference.starts_with("#")) refuse("only references within the schema are followed", at);
  const Json* found = &root_;
  for (std::string part : split(reference, '/')) {
    if (part == "#") continue;
    for (const auto& [from, to] : {std::pair("~1", "/"), std::pair("~0", "~")}) {
      for (std::size_t i = 0; (i = part.find(from, i)) != std::string::npos; ++i) {
        part.replace(i, 2, to);
      }
    }
    const bool index = found->is_array() && !part.empty() && part.size() < 6 &&
                       part.find_first_not_of("0123456789") == std::string::npos;
    if (index && std::stoul(part) < found->size()) {
      found = &found->at(std::stoul(part));
    } else {
      found = found->find(part);
    }
    if (!found) refuse("there is no " + reference, at, ErrorCode::kInvalidArgument);
  }
  return *found;
}

std::string Compiler::refer(const std::string& reference, int depth) {
  if (const auto known = references_.find(reference); known != references_.end()) {
    return known->second;
  }
  const std::string name = "ref" + std::to_string(references_.size());
  references_[reference] = name;  // before its body, which may come back to it
  const std::string body = visit(target(reference, reference), reference, depth + 1);
  rules_.push_back(name + " ::= " + body);
  return name;
}

namespace {

std::string implied_type(const Json& schema) {
  const auto has = [&](std::initializer_list<const char*> keys) {
    return std::any_of(keys.begin(), keys.end(),
                       [&](const char* key) { return schema.find(key) != nullptr; });
  };
  if (has({"properties", "required", "additionalProperties"})) return "object";
  if (has({"items", "prefixItems", "minItems", "maxItems"})) return "array";
  if (has({"pattern", "minLength", "maxLength", "format"})) return "string";
  if (has({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})) return "number";
  return "value";
}

}  // namespace

std::string Compiler::by_type(const Json& schema, const std::string& at, int depth) {
  const Json* type = schema.find("type");
  if (type && type->is_array()) {
    std::string body;
    for (const Json& one : list_of(*type, at + "/type")) {
      Json single = schema;
      single["type"] = one;
      body += (body.empty() ? "" : " | ") + by_type(single, at, depth);
    }
    return group(body);
  }
  const std::string name = type ? text_of(*type, at + "/type") : implied_type(schema);
  if (name == "object") return object(schema, at, depth);
  if (name == "array") return array(schema, at, depth);
  if (name == "string") return string_rule(schema, at);
  if (name == "integer") return integer_rule(schema, at);
  if (name == "number") return number_rule(schema, at);
  if (name == "boolean" || name == "null" || name == "value") return name;
  refuse("there is no type " + name, at + "/type", ErrorCode::kInvalidArgument);
}

}  // namespace lucie::schema
