#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "infer/schema_compiler.h"
#include "infer/schema_text.h"

namespace lucie::schema {
namespace {

constexpr std::int64_t kMostCount = 2000;                 // items, characters
constexpr std::int64_t kLargest = 9'999'999'999'999'999;  // sixteen digits

std::int64_t count(const Json& schema, const char* key, std::int64_t fallback,
                   const std::string& at) {
  const Json* value = schema.find(key);
  if (!value) return fallback;
  if (!value->is_number()) refuse("a number should stand here", at, ErrorCode::kInvalidArgument);
  const double number = value->as_double();
  if (number < 0 || number > static_cast<double>(kMostCount) || number != std::floor(number)) {
    refuse(std::string(key) + " is to be between 0 and " + std::to_string(kMostCount), at);
  }
  return static_cast<std::int64_t>(number);
}

// A bound of an integer, rounded inwards; `exclusive` moves it by one.
std::int64_t bound(const Json& schema, const std::string& key, bool lower, const std::string& at) {
  std::int64_t result = lower ? -kLargest : kLargest;
  const std::string exclusive = lower ? "exclusiveMinimum" : "exclusiveMaximum";
  for (const std::string& name : {key, exclusive}) {
    const Json* value = schema.find(name);
    if (!value) continue;
    if (!value->is_number()) refuse("a number should stand here", at + "/" + name);
    const double exact = value->as_double();
    if (std::fabs(exact) >= static_cast<double>(kLargest)) {
      if (lower == (exact < 0)) continue;  // no integer that is written lies beyond it
      refuse("integers have sixteen digits at most", at + "/" + name);
    }
    const double rounded = lower ? std::ceil(exact) : std::floor(exact);
    auto whole = static_cast<std::int64_t>(rounded);
    if (name == exclusive && rounded == exact) whole += lower ? 1 : -1;
    result = lower ? std::max(result, whole) : std::min(result, whole);
  }
  return result;
}

}  // namespace

std::string string_rule(const Json& schema, const std::string& at) {
  const bool lengths = schema.find("minLength") || schema.find("maxLength");
  const std::string format = schema.find("format") ? text_of(schema.at("format"), at) : "";
  const bool known =
      format == "date" || format == "time" || format == "date-time" || format == "uuid";
  if (const Json* pattern = schema.find("pattern")) {
    if (lengths || known) refuse("a pattern stands alone, without lengths or format", at);
    const std::string place = "schema" + at + "/pattern";
    return "\"\\\"\" " + strings_of_pattern(text_of(*pattern, at), place) + " \"\\\"\"";
  }
  if (known) {
    if (lengths) refuse("a format stands alone, without lengths", at);
    const std::string body = format == "date-time" ? "date \"T\" time" : format;
    return "\"\\\"\" " + body + " \"\\\"\"";
  }
  if (!lengths) return "string";
  const std::int64_t least = count(schema, "minLength", 0, at);
  const std::int64_t most = count(schema, "maxLength", -1, at);
  if (most >= 0 && most < least) return "[]";
  return "\"\\\"\" char" + times(least, most) + " \"\\\"\"";
}

std::string integer_rule(const Json& schema, const std::string& at) {
  const std::int64_t least = bound(schema, "minimum", true, at);
  const std::int64_t most = bound(schema, "maximum", false, at);
  if (least == -kLargest && most == kLargest) return "integer";
  return least > most ? "[]" : integers(least, most);
}

std::string number_rule(const Json& schema, const std::string& at) {
  for (const char* key : {"maximum", "exclusiveMinimum", "exclusiveMaximum"}) {
    if (schema.find(key)) refuse("only integers have this bound", at + "/" + key);
  }
  const Json* least = schema.find("minimum");
  if (!least) return "number";
  if (!least->is_number() || least->as_double() != 0) {
    refuse("only integers have another minimum than 0", at + "/minimum");
  }
  return "(\"0\" | [1-9] [0-9]{0,15}) (\".\" [0-9]{1,16})? ([eE] [-+]? [0-9]{1,3})?";
}

std::string Compiler::array(const Json& schema, const std::string& at, int depth) {
  const Json* items = schema.find("items");
  const Json* prefix = schema.find("prefixItems");
  if (items && items->is_array()) std::swap(items, prefix);  // as drafts before 2020 spelled it
  const std::int64_t least = count(schema, "minItems", 0, at);
  const std::int64_t most = count(schema, "maxItems", -1, at);
  std::string body = "\"[\" ws ";
  std::int64_t fixed = 0;
  if (prefix) {  // all of them stand there
    for (const Json& item : list_of(*prefix, at + "/prefixItems")) {
      if (fixed == most) break;
      const std::string place = at + "/prefixItems/" + std::to_string(fixed);
      body += (fixed > 0 ? "\",\" ws " : "") + visit(item, place, depth + 1) + " ";
      ++fixed;
    }
  }
  if (most >= 0 && most < least) return "[]";
  const bool more = !prefix || (items && !(items->is_bool() && !items->as_bool()));
  if (!more || most == fixed) {
    if (least > fixed) return "[]";
    return body + "ws \"]\"";
  }
  const std::string item = add_rule(items ? visit(*items, at + "/items", depth + 1) : "value");
  const std::int64_t at_least = std::max<std::int64_t>(0, least - fixed);
  const std::int64_t at_most = most < 0 ? -1 : most - fixed;
  if (fixed > 0) {
    body += "(\",\" ws " + item + ")" + times(at_least, at_most) + " ";
  } else {
    const std::string rest =
        item + " (\",\" ws " + item + ")" +
        times(std::max<std::int64_t>(0, at_least - 1), at_most < 0 ? -1 : at_most - 1);
    body += at_least == 0 ? group(rest) + "? " : rest + " ";
  }
  return body + "ws \"]\"";
}

// The members in the schema's order. rest[i] goes on behind the first i of them: `first` where
// none was written yet, `next` where a comma has to come.
std::string Compiler::object(const Json& schema, const std::string& at, int depth) {
  const Json* properties = schema.find("properties");
  if (properties && !properties->is_object()) {
    refuse("an object should stand here", at + "/properties", ErrorCode::kInvalidArgument);
  }
  Json::Object members = properties ? properties->members() : Json::Object();
  const std::vector<std::string> required = strings_at(schema, "required");
  for (const std::string& name : required) {
    const bool known = std::any_of(members.begin(), members.end(), [&](const Json::Member& member) {
      return member.first == name;
    });
    if (!known) members.emplace_back(name, Json(true));
  }
  const Json* additional = schema.find("additionalProperties");
  const bool open =
      additional ? !(additional->is_bool() && !additional->as_bool()) : members.empty();
  std::string first = "\"\"", next = "\"\"";
  if (open) {
    const std::string value =
        additional ? visit(*additional, at + "/additionalProperties", depth + 1) : "value";
    const std::string other = add_rule(other_names(members) + " \":\" ws " + value);
    next = add_rule("(\",\" ws " + other + ")*");
    first = add_rule("(" + other + " " + next + ")?");
  }
  for (std::size_t i = members.size(); i-- > 0;) {
    const auto& [name, property] = members[i];
    const std::string member = add_rule(literal(Json(name).dump() + ":") + " ws " +
                                        visit(property, at + "/properties/" + name, depth + 1));
    const bool needed = std::find(required.begin(), required.end(), name) != required.end();
    const std::string begun = member + " " + next, going_on = "\",\" ws " + begun;
    first = add_rule(needed ? begun : begun + " | " + first);
    next = add_rule(needed ? going_on : going_on + " | " + next);
  }
  return "\"{\" ws " + first + " ws \"}\"";
}

// A key that is none of these: by character where they part.
std::string Compiler::other_names(const Json::Object& members) {
  if (members.empty()) return "string";
  std::vector<std::u32string> names;
  for (const auto& [name, property] : members) {
    std::u32string& text = names.emplace_back();
    for (std::size_t i = 0; i < name.size();) text += next_code_point(name, &i);
  }
  std::sort(names.begin(), names.end());
  return "\"\\\"\" " + other_names(names, 0, 0) + " \"\\\"\"";
}

// names: sorted, alike in their first `length` characters.
std::string Compiler::other_names(std::span<const std::u32string> names, std::size_t length,
                                  int depth) {
  if (depth > kDeepest) refuse("a name of a property is too long beside additionalProperties", "#");
  constexpr const char* kNever = "\\\"\\\\\\x7F\\x00-\\x1F";  // names are written without escapes
  const bool taken = names.front().size() == length;
  if (taken) names = names.subspan(1);
  std::string body, differing;
  while (!names.empty()) {
    const char32_t c = names.front()[length];
    const auto end = std::find_if(names.begin(), names.end(),
                                  [&](const std::u32string& name) { return name[length] != c; });
    const auto same = names.first(static_cast<std::size_t>(end - names.begin()));
    names = names.subspan(same.size());
    if (c < 0x20 || c == 0x7F || c == '"' || c == '\\') continue;  // cannot be written here
    char code[16];
    std::snprintf(code, sizeof code, "\\U%08x", static_cast<unsigned>(c));
    differing += code;
    body += std::string(" | [") + code + "] " + other_names(same, length + 1, depth + 1);
  }
  body = "[^" + differing + kNever + "] [^" + kNever + "]*" + body;
  if (!taken) body += " | \"\"";
  return add_rule(body);
}

}  // namespace lucie::schema
