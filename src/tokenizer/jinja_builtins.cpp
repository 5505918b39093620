// Functions, methods, tests, and what they share; the filters stand in jinja_filters.cpp.
#include "tokenizer/jinja_builtins.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "base/error.h"
#include "base/text.h"
#include "tokenizer/jinja_lexer.h"
#include "tokenizer/jinja_text.h"
#include "tokenizer/unicode.h"

namespace lucie::jinja {
namespace {

constexpr std::size_t kMostSteps = 10'000'000;
constexpr std::int64_t kLongestRange = 100'000;

template <std::size_t N>
bool one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Value range(const Call& call) {
  std::array<std::int64_t, 3> bounds = {0, call.integer(0, "").value_or(0), 1};
  if (call.positional.size() > 1) {
    bounds = {bounds[1], call.integer(1, "").value_or(0), call.integer(2, "").value_or(1)};
  }
  const auto [begin, end, step] = bounds;
  if (step == 0) call.wrong("the step of a range must not be zero");
  List items;
  for (std::int64_t i = begin; step > 0 ? i < end : i > end;) {
    items.emplace_back(i);
    if (static_cast<std::int64_t>(items.size()) > kLongestRange) {
      fail(ErrorCode::kUnsupported, "a range of more than 100,000 numbers", place_of(call.line));
    }
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  call.budget->spend(items.size(), call.line);
  return items;
}

Value strftime_now(const Call& call) {
  const std::string format = call.need_text(0, "format").str();
  if (call.today.empty()) {
    fail(ErrorCode::kUnsupported, "the template asks for today's date, and none was given",
         place_of(call.line), "pass a date: the text then does not change from day to day");
  }
  std::tm date{};
  char rest = 0;
  if (std::sscanf(std::string(call.today).c_str(), "%4d-%2d-%2d%c", &date.tm_year, &date.tm_mon,
                  &date.tm_mday, &rest) != 3) {
    call.wrong("'" + std::string(call.today) + "' is not a date (YYYY-MM-DD)");
  }
  date.tm_year -= 1900;
  date.tm_mon -= 1;
  date.tm_isdst = -1;
  if (timegm(&date) == -1 || format.size() > 200) call.wrong("the date cannot be written");
  std::array<char, 1024> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), format.c_str(), &date);
  return std::string(text.data(), size);
}

// Python's str.format with fields {}, {0} and {name}, without conversions and format codes.
Value format_text(const Text& self, const Call& call) {
  const std::string& text = self.str();
  Text out;
  std::size_t next = 1, from = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '{' && text[at] != '}') continue;
    out.append(self.substr(from, at - from));
    from = at + 1;
    if (at + 1 < text.size() && text[at + 1] == text[at]) {  // doubled: itself
      from = ++at;
      continue;
    }
    const std::size_t end = text.find('}', at);
    if (text[at] == '}' || end == std::string::npos) call.wrong("a single brace in a format");
    const std::string field = text.substr(at + 1, end - at - 1);
    if (field.find_first_of(":!.[{") != std::string::npos) {
      fail(ErrorCode::kUnsupported, "the format field {" + field + "}", place_of(call.line));
    }
    const auto index = parse_int(field);
    const std::size_t place = field.empty() ? next++
                              : index && *index >= 0 && *index < 1000
                                  ? static_cast<std::size_t>(*index) + 1
                                  : call.positional.size();
    const Text value = to_text(call.need(place, field));
    call.budget->spend_bytes(value.size(), call.line);
    out.append(value);
    at = end;
    from = end + 1;
  }
  out.append(self.substr(from, text.size() - from));
  return out;
}

Value string_method(std::string_view name, const Call& call) {
  const Text& self = call.positional[0].text();
  const auto optional_text = [&](std::size_t i, std::string_view key) -> const std::string* {
    const Value* value = call.find(i, key);
    if (value == nullptr || value->is(Value::Kind::kNone)) return nullptr;
    return &call.need_text(i, key).str();
  };
  if (name == "strip") return strip(self, optional_text(1, "chars"), Sides::kBoth);
  if (name == "lstrip") return strip(self, optional_text(1, "chars"), Sides::kLeft);
  if (name == "rstrip") return strip(self, optional_text(1, "chars"), Sides::kRight);
  if (name == "upper") return upper(self);
  if (name == "lower") return lower(self);
  if (name == "title") return title(self);
  if (name == "capitalize") return capitalize(self);
  if (name == "startswith" || name == "endswith") {
    const bool start = name == "startswith";
    const Value& wanted = call.need(1, "");
    const List options = wanted.is(Value::Kind::kList) ? wanted.list() : List{wanted};
    return std::any_of(options.begin(), options.end(), [&](const Value& option) {
      if (!option.is(Value::Kind::kString)) call.wrong("the argument must be a string");
      return start ? self.str().starts_with(option.str()) : self.str().ends_with(option.str());
    });
  }
  if (name == "split" || name == "rsplit") {
    const std::string* separator = optional_text(1, "sep");
    const std::int64_t limit = call.integer(2, "maxsplit").value_or(-1);
    if (separator && separator->empty()) call.wrong("the separator is empty");
    const bool right = name == "rsplit" && limit >= 0;
    if (right && !separator) call.wrong("rsplit needs a separator");
    List parts = right ? split_from_right(self, *separator, limit) : split(self, separator, limit);
    call.budget->spend(parts.size(), call.line);
    return parts;
  }
  if (name == "splitlines") return split_lines(self);
  if (name == "format") return format_text(self, call);
  if (name == "replace") return call_filter("replace", call);
  if (name == "join") {
    Call filter = call;
    filter.positional = {call.need(1, ""), call.positional[0]};
    return call_filter("join", filter);
  }
  if (name == "find") {
    const std::size_t at = self.str().find(call.need_text(1, "").str());
    if (at == std::string::npos) return std::int64_t{-1};
    return static_cast<std::int64_t>(character_offsets(self.str().substr(0, at)).size() - 1);
  }
  if (name == "count") {
    const std::string& part = call.need_text(1, "").str();
    if (part.empty()) return static_cast<std::int64_t>(character_offsets(self.str()).size());
    return static_cast<std::int64_t>(split(self, &part, -1).size()) - 1;
  }
  if (name == "isdigit") {
    return self.size() > 0 && self.str().find_first_not_of("0123456789") == std::string::npos;
  }
  if (name == "removeprefix" || name == "removesuffix") {
    const std::string& part = call.need_text(1, "").str();
    if (name == "removeprefix" && self.str().starts_with(part)) {
      return self.substr(part.size(), self.size() - part.size());
    }
    if (name == "removesuffix" && self.str().ends_with(part)) {
      return self.substr(0, self.size() - part.size());
    }
    return self;
  }
  call.wrong("a string has no method '" + std::string(name) + "'");
}

Value dict_method(std::string_view name, const Call& call) {
  const Value& self = call.positional[0];
  if (name == "get") {
    if (const Value* found = self.find(call.need_text(1, "key").str())) return *found;
    const Value* fallback = call.find(2, "default");
    return fallback ? *fallback : Value(None{});
  }
  List out;
  for (const auto& [key, item] : self.dict()) {
    if (name == "keys") out.emplace_back(key);
    if (name == "values") out.push_back(item);
    if (name == "items") out.push_back(List{Value(key), item});
  }
  if (name != "keys" && name != "values" && name != "items") {
    call.wrong("a dict has no method '" + std::string(name) + "'");
  }
  call.budget->spend(out.size(), call.line);
  return out;
}

bool kind_test(std::string_view name, const Value& value) {
  using Kind = Value::Kind;
  const bool undefined = value.is(Kind::kUndefined);
  const bool collection =
      value.is(Kind::kString) || value.is(Kind::kList) || value.is(Kind::kDict) || undefined;
  if (name == "defined") return !undefined;
  if (name == "undefined") return undefined;
  if (name == "none") return value.is(Kind::kNone);
  if (name == "string") return value.is(Kind::kString);
  if (name == "mapping") return value.is(Kind::kDict);
  if (name == "iterable" || name == "sequence") return collection;
  if (name == "number") return value.is_number();
  if (name == "integer") return value.is(Kind::kInteger);
  if (name == "float") return value.is(Kind::kFloat);
  if (name == "boolean") return value.is(Kind::kBool);
  if (name == "true") return value.is(Kind::kBool) && value.boolean();
  if (name == "false") return value.is(Kind::kBool) && !value.boolean();
  return value.is(Kind::kMacro);  // callable
}

constexpr std::array<std::string_view, 13> kKindTests = {
    "defined", "undefined", "none",  "string",  "mapping", "iterable", "sequence",
    "number",  "integer",   "float", "boolean", "true",    "false"};
constexpr std::array<std::string_view, 19> kOtherTests = {
    "callable", "odd", "even", "divisibleby", "equalto", "eq", "==", "ne", "!=",    "lt",
    "le",       "gt",  "ge",   "<",           "<=",      ">",  ">=", "in", "sameas"};

}  // namespace

void Budget::spend(std::size_t steps, int line) {
  used_ += steps;
  if (used_ > kMostSteps) {
    fail(ErrorCode::kUnsupported, "the template takes more than 10 million steps", place_of(line));
  }
}

const Value* Call::find(std::size_t index, std::string_view name) const {
  if (index < positional.size()) return &positional[index];
  for (const auto& [key, value] : named) {
    if (!name.empty() && key == name) return &value;
  }
  return nullptr;
}

const Value& Call::need(std::size_t index, std::string_view name) const {
  const Value* value = find(index, name);
  if (value == nullptr) wrong("an argument is missing");
  return *value;
}

std::optional<std::int64_t> Call::integer(std::size_t index, std::string_view name) const {
  const Value* value = find(index, name);
  if (value == nullptr || value->is(Value::Kind::kNone)) return std::nullopt;
  if (!value->is(Value::Kind::kInteger) && !value->is(Value::Kind::kBool)) {
    wrong("an argument must be an integer");
  }
  return value->integer();
}

const Text& Call::need_text(std::size_t index, std::string_view name) const {
  const Value& value = need(index, name);
  if (value.is(Value::Kind::kUndefined)) wrong("'" + value.undefined().name + "' is undefined");
  if (!value.is(Value::Kind::kString)) {
    wrong(std::string("an argument must be a string, not ") + type_name(value));
  }
  return value.text();
}

void Call::wrong(const std::string& message) const {
  fail(ErrorCode::kInvalidArgument, message, place_of(line));
}

bool is_function(std::string_view name) {
  static constexpr std::array<std::string_view, 5> kNames = {"raise_exception", "strftime_now",
                                                             "namespace", "range", "dict"};
  return one_of(kNames, name);
}

bool is_method(std::string_view name) {
  // The last line: what would change a list or dictionary, which is an error where it is called, as
  // in the sandbox of transformers.
  static constexpr std::array<std::string_view, 33> kNames = {
      "strip", "lstrip", "rstrip",       "upper",        "lower",    "title",      "capitalize",
      "split", "rsplit", "replace",      "startswith",   "endswith", "splitlines", "join",
      "find",  "count",  "removeprefix", "removesuffix", "isdigit",  "get",        "items",
      "keys",  "format", "append",       "extend",       "insert",   "pop",        "remove",
      "clear", "update", "setdefault",   "copy",         "index"};
  return one_of(kNames, name) || name == "values";
}

bool is_test(std::string_view name) {
  return one_of(kKindTests, name) || one_of(kOtherTests, name);
}

Value call_function(std::string_view name, const Call& call) {
  if (name == "raise_exception") {
    call.wrong("the chat template refuses this dialogue: " +
               to_text(call.need(0, "message")).str());
  }
  if (name == "strftime_now") return strftime_now(call);
  if (name == "range") return range(call);
  Dict members;
  if (!call.positional.empty()) {
    if (!call.positional[0].is(Value::Kind::kDict)) call.wrong("a dictionary was expected");
    members = call.positional[0].dict();
  }
  for (const auto& item : call.named) members.push_back(item);
  const Value checked(std::move(members));
  if (name == "dict") return checked;
  auto space = std::make_shared<Namespace>();
  for (const auto& [key, value] : checked.dict()) space->members.insert_or_assign(key, value);
  return space;
}

Value call_method(std::string_view name, const Call& call) {
  const Value& self = call.positional[0];
  if (self.is(Value::Kind::kString)) return string_method(name, call);
  if (self.is(Value::Kind::kDict)) return dict_method(name, call);
  if (self.is(Value::Kind::kUndefined)) {
    call.wrong("'" + self.undefined().name + "' is undefined");
  }
  call.wrong(std::string(type_name(self)) + " has no method '" + std::string(name) + "'");
}

bool call_test(std::string_view name, const Call& call) {
  if (!is_test(name)) {
    fail(ErrorCode::kUnsupported, "the test '" + std::string(name) + "' is not known",
         place_of(call.line));
  }
  const Value& value = call.positional[0];
  if (one_of(kKindTests, name) || name == "callable") return kind_test(name, value);
  if (name == "odd" || name == "even" || name == "divisibleby") {
    const std::int64_t by = name == "divisibleby" ? call.integer(1, "num").value_or(0) : 2;
    const auto number = call.integer(0, "");
    if (!number || by == 0 || by == -1) call.wrong("a number was expected");
    return (*number % by == 0) == (name != "odd");
  }
  const Value& other = call.need(1, "other");
  call.budget->spend(value.weight(), call.line);
  if (name == "equalto" || name == "eq" || name == "==") return equal(value, other);
  if (name == "ne" || name == "!=") return !equal(value, other);
  if (name == "sameas") return value.kind() == other.kind() && equal(value, other);
  if (name == "in") return contains(other, value, call);
  const int order = compare(value, other, call);
  if (name == "lt" || name == "<") return order < 0;
  if (name == "le" || name == "<=") return order <= 0;
  if (name == "gt" || name == ">") return order > 0;
  return order >= 0;
}

List elements(const Value& value, const Call& call) {
  List items;
  switch (value.kind()) {
    case Value::Kind::kUndefined:
      break;
    case Value::Kind::kList:
      items = value.list();
      break;
    case Value::Kind::kDict:
      for (const auto& [key, item] : value.dict()) items.emplace_back(key);
      break;
    case Value::Kind::kString: {
      const auto offsets = character_offsets(value.str());
      call.budget->spend(offsets.size(), call.line);
      for (std::size_t i = 1; i < offsets.size(); ++i) {
        items.emplace_back(value.text().substr(offsets[i - 1], offsets[i] - offsets[i - 1]));
      }
      break;
    }
    default:
      call.wrong(std::string(type_name(value)) + " cannot be gone through");
  }
  call.budget->spend(items.size(), call.line);
  return items;
}

Value item_of(const Value& value, const Value& key) {
  if (key.is(Value::Kind::kString)) {
    const Value* found = value.find(key.str());
    return found ? *found : Value(Undefined{key.str()});
  }
  if (!key.is(Value::Kind::kInteger)) return Undefined{to_text(key).str()};
  std::vector<std::size_t> offsets;
  if (value.is(Value::Kind::kString)) offsets = character_offsets(value.str());
  const auto size = static_cast<std::int64_t>(value.is(Value::Kind::kList)
                                                  ? value.list().size()
                                                  : std::max<std::size_t>(offsets.size(), 1) - 1);
  const std::int64_t at = key.integer() < 0 ? key.integer() + size : key.integer();
  if (at < 0 || at >= size) return Undefined{std::to_string(key.integer())};
  const auto index = static_cast<std::size_t>(at);
  if (value.is(Value::Kind::kList)) return value.list()[index];
  return value.text().substr(offsets[index], offsets[index + 1] - offsets[index]);
}

bool contains(const Value& container, const Value& item, const Call& call) {
  switch (container.kind()) {
    case Value::Kind::kString:
      if (!item.is(Value::Kind::kString)) call.wrong("only a string can be in a string");
      call.budget->spend(container.weight(), call.line);
      return container.str().find(item.str()) != std::string::npos;
    case Value::Kind::kList:
      call.budget->spend(container.weight(), call.line);
      return std::any_of(container.list().begin(), container.list().end(),
                         [&](const Value& other) { return equal(other, item); });
    case Value::Kind::kDict:
      return item.is(Value::Kind::kString) && container.find(item.str()) != nullptr;
    case Value::Kind::kUndefined:
      return false;
    default:
      call.wrong(std::string("nothing can be in a ") + type_name(container));
  }
}

int compare(const Value& a, const Value& b, const Call& call) {
  if (a.is_number() && b.is_number()) {
    return a.number() < b.number() ? -1 : a.number() > b.number() ? 1 : 0;
  }
  if (a.is(Value::Kind::kString) && b.is(Value::Kind::kString)) return a.str().compare(b.str());
  call.wrong(std::string(type_name(a)) + " and " + type_name(b) + " have no order");
}

Text slice_text(const Text& text, const std::vector<std::size_t>& wanted) {
  const auto offsets = character_offsets(text.str());
  Text out;
  for (std::size_t i = 0; i < wanted.size();) {
    std::size_t last = i;  // a run of neighbours is copied at once
    while (last + 1 < wanted.size() && wanted[last + 1] == wanted[last] + 1) ++last;
    out.append(text.substr(offsets[wanted[i]], offsets[wanted[last] + 1] - offsets[wanted[i]]));
    i = last + 1;
  }
  return out;
}

}  // namespace lucie::jinja
