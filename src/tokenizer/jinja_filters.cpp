#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"
#include "tokenizer/jinja_builtins.h"
#include "tokenizer/jinja_lexer.h"
#include "tokenizer/jinja_text.h"

namespace lucie::jinja {
namespace {

using Filter = Value (*)(const Call& call);

constexpr std::size_t kLongestText = std::size_t{16} << 20;
constexpr std::int64_t kWidest = 1000;

Text text_of(const Call& call, std::size_t index = 0) {
  call.budget->spend(call.need(index, "").weight(), call.line);
  return to_text(call.need(index, ""));
}

Value trim(const Call& call) {
  const Value* characters = call.find(1, "chars");
  const bool given = characters != nullptr && characters->is(Value::Kind::kString);
  return strip(text_of(call), given ? &characters->str() : nullptr, Sides::kBoth);
}

Value to_json(const Call& call) {
  call.budget->spend(call.positional[0].weight() * 2, call.line);
  JsonStyle style;
  const auto on = [&](std::size_t index, const char* name) {
    const Value* value = call.find(index, name);
    return value != nullptr && value->truthy();
  };
  style.ascii = on(1, "ensure_ascii");
  const std::int64_t width = call.integer(2, "indent").value_or(-1);
  if (width > kWidest) call.wrong("the indent is too wide");
  style.indent = static_cast<int>(std::max<std::int64_t>(width, -1));
  if (style.indent >= 0) style.between = ",";
  const Value* separators = call.find(3, "separators");
  if (separators != nullptr && !separators->is(Value::Kind::kNone)) {
    const List pair = elements(*separators, call);
    if (pair.size() != 2) call.wrong("separators are two strings");
    style.between = to_text(pair[0]).str();
    style.after_key = to_text(pair[1]).str();
    call.budget->spend_bytes(
        (style.between.size() + style.after_key.size()) * call.positional[0].weight(), call.line);
  }
  style.sort_keys = on(4, "sort_keys");
  return to_json_text(call.positional[0], style);
}

Value length(const Call& call) {
  const Value& value = call.positional[0];
  switch (value.kind()) {
    case Value::Kind::kUndefined:
      return std::int64_t{0};
    case Value::Kind::kString:
      return static_cast<std::int64_t>(character_offsets(value.str()).size()) - 1;
    case Value::Kind::kList:
      return static_cast<std::int64_t>(value.list().size());
    case Value::Kind::kDict:
      return static_cast<std::int64_t>(value.dict().size());
    default:
      call.wrong(std::string(type_name(value)) + " has no length");
  }
}

Value default_value(const Call& call) {
  const Value& value = call.positional[0];
  const Value* boolean = call.find(2, "boolean");
  const bool missing = value.is(Value::Kind::kUndefined) ||
                       (boolean != nullptr && boolean->truthy() && !value.truthy());
  if (!missing) return value;
  const Value* fallback = call.find(1, "default_value");
  return fallback ? *fallback : Value(std::string());
}

Value join(const Call& call) {
  const Value* separator = call.find(1, "d");
  const Value* attribute = call.find(2, "attribute");
  const Text between = separator ? to_text(*separator) : Text();
  Text out;
  bool first = true;
  for (const Value& item : elements(call.positional[0], call)) {
    if (!first) out.append(between);
    first = false;
    const Value shown =
        attribute ? attribute_of(item, call.need_text(2, "attribute").str(), call) : item;
    call.budget->spend(shown.weight() + between.size() / 64, call.line);
    out.append(to_text(shown));
    if (out.size() > kLongestText) {
      fail(ErrorCode::kUnsupported, "a text grows beyond 16 MB", place_of(call.line));
    }
  }
  return out;
}

Value end_of(const Call& call, bool first) {
  const List items = elements(call.positional[0], call);
  if (items.empty()) return Undefined{"item of an empty sequence"};
  return first ? items.front() : items.back();
}

Value replace_text(const Call& call) {
  const Text text = text_of(call), replacement = text_of(call, 2);
  const std::string old = text_of(call, 1).str();
  const std::size_t most = text.size() / std::max<std::size_t>(old.size(), 1) + 1;
  call.budget->spend(most / 8, call.line);
  if (replacement.size() > 0 && most > kLongestText / replacement.size()) {
    std::size_t found = 0;
    for (std::size_t at = 0; !old.empty() && (at = text.str().find(old, at)) != std::string::npos;
         at += old.size()) {
      ++found;
    }
    if (old.empty() || found > kLongestText / replacement.size()) {
      fail(ErrorCode::kUnsupported, "a text grows beyond 16 MB", place_of(call.line));
    }
  }
  Text out = replace(text, old, replacement, call.integer(3, "count").value_or(-1));
  call.budget->spend_bytes(out.size(), call.line);
  return out;
}

Value indent_text(const Call& call) {
  const Value* first = call.find(2, "first");
  const Value* blank = call.find(3, "blank");
  const std::int64_t width = call.integer(1, "width").value_or(4);
  if (width < 0 || width > kWidest) call.wrong("the indent is out of range");
  const Text text = text_of(call);
  const auto lines =
      static_cast<std::size_t>(std::count(text.str().begin(), text.str().end(), '\n') + 1);
  if (lines * static_cast<std::size_t>(width) > kLongestText) {
    fail(ErrorCode::kUnsupported, "a text grows beyond 16 MB", place_of(call.line));
  }
  call.budget->spend_bytes(lines * static_cast<std::size_t>(width + 64), call.line);
  return indent(text, width, first && first->truthy(), blank && blank->truthy());
}

// select, reject, selectattr, rejectattr: the items for which a test (or truth) holds, or fails.
Value select(const Call& call, bool wanted, bool by_attribute) {
  const std::size_t test_at = by_attribute ? 2 : 1;
  const Value* test = call.find(test_at, "");
  if (test && (!test->is(Value::Kind::kString) || !is_test(test->str()))) {
    fail(ErrorCode::kUnsupported, "the test of a selection is not known", place_of(call.line));
  }
  List kept;
  if (!call.positional[0].truthy()) return kept;  // None too
  for (const Value& item : elements(call.positional[0], call)) {
    call.budget->spend(1, call.line);
    const Value subject =
        by_attribute ? attribute_of(item, call.need_text(1, "").str(), call) : item;
    bool holds = subject.truthy();
    if (test) {
      Call applied = call;
      applied.positional = {subject};
      for (std::size_t i = test_at + 1; i < call.positional.size(); ++i) {
        applied.positional.push_back(call.positional[i]);
      }
      holds = call_test(test->str(), applied);
    }
    if (holds == wanted) kept.push_back(item);
  }
  return kept;
}

Value map_items(const Call& call) {
  const Value* attribute = call.find(call.positional.size(), "attribute");
  const Value* fallback = call.find(call.positional.size(), "default");
  List out;
  if (!call.positional[0].truthy()) return out;
  for (const Value& item : elements(call.positional[0], call)) {
    call.budget->spend(1, call.line);
    if (attribute) {
      Value value = attribute_of(item, to_text(*attribute).str(), call);
      out.push_back(fallback && value.is(Value::Kind::kUndefined) ? *fallback : std::move(value));
      continue;
    }
    const std::string& name = call.need_text(1, "").str();
    if (!is_filter(name) || name == "map") {
      fail(ErrorCode::kUnsupported, "the filter '" + name + "' is not known", place_of(call.line));
    }
    Call applied = call;
    applied.positional = {item};
    applied.positional.insert(applied.positional.end(), call.positional.begin() + 2,
                              call.positional.end());
    if (item.is(Value::Kind::kString)) call.budget->spend(item.weight(), call.line);
    out.push_back(call_filter(name, applied));
  }
  return out;
}

Value to_integer(const Call& call) {
  const Value& value = call.positional[0];
  const std::int64_t fallback = call.integer(1, "default").value_or(0);
  if (value.is(Value::Kind::kString)) {
    return parse_int(lucie::trim(value.str())).value_or(fallback);
  }
  if (!value.is_number()) return fallback;
  if (!value.is(Value::Kind::kFloat)) return value.integer();
  const double number = value.number();
  if (!(number > -9e18 && number < 9e18)) return fallback;
  return static_cast<std::int64_t>(number);
}

Value to_float(const Call& call) {
  const Value& value = call.positional[0];
  const Value* fallback = call.find(1, "default");
  if (value.is_number()) return value.number();
  if (value.is(Value::Kind::kString)) {
    if (const auto number = parse_double(lucie::trim(value.str()))) return *number;
  }
  return fallback != nullptr && fallback->is_number() ? fallback->number() : 0.0;
}

Value escape_html(const Call& call) {
  const Text text = text_of(call);
  std::string out;
  for (const char c : text.str()) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '"':
        out += "&#34;";
        break;
      default:
        out += c;
    }
  }
  call.budget->spend_bytes(out.size(), call.line);
  return text.rewritten(std::move(out));
}

Value absolute(const Call& call) {
  const Value& value = call.positional[0];
  if (!value.is_number()) call.wrong("abs needs a number");
  if (value.is(Value::Kind::kFloat)) return value.number() < 0 ? -value.number() : value.number();
  if (value.integer() == INT64_MIN) call.wrong("the number is too large");
  return value.integer() < 0 ? -value.integer() : value.integer();
}

Value reverse(const Call& call) {
  List items = elements(call.positional[0], call);
  std::reverse(items.begin(), items.end());
  if (!call.positional[0].is(Value::Kind::kString)) return items;
  Text text;
  for (const Value& item : items) text.append(item.text());
  return text;
}

Value items_of(const Call& call) {
  if (call.positional[0].is(Value::Kind::kUndefined)) return List{};
  if (!call.positional[0].is(Value::Kind::kDict)) call.wrong("items needs a dictionary");
  return call_method("items", call);
}

struct Named {
  std::string_view name;
  Filter filter;
};

constexpr std::array<Named, 34> kFilters = {{
    {"trim", trim},
    {"upper", [](const Call& call) -> Value { return upper(text_of(call)); }},
    {"lower", [](const Call& call) -> Value { return lower(text_of(call)); }},
    {"title", [](const Call& call) -> Value { return title(text_of(call)); }},
    {"capitalize", [](const Call& call) -> Value { return capitalize(text_of(call)); }},
    {"tojson", to_json},
    {"length", length},
    {"count", length},
    {"default", default_value},
    {"d", default_value},
    {"join", join},
    {"first", [](const Call& call) { return end_of(call, true); }},
    {"last", [](const Call& call) { return end_of(call, false); }},
    {"replace", replace_text},
    {"string", [](const Call& call) -> Value { return text_of(call); }},
    {"safe", [](const Call& call) -> Value { return text_of(call); }},
    {"list", [](const Call& call) -> Value { return elements(call.positional[0], call); }},
    {"select", [](const Call& call) { return select(call, true, false); }},
    {"reject", [](const Call& call) { return select(call, false, false); }},
    {"selectattr", [](const Call& call) { return select(call, true, true); }},
    {"rejectattr", [](const Call& call) { return select(call, false, true); }},
    {"map", map_items},
    {"int", to_integer},
    {"abs", absolute},
    {"reverse", reverse},
    {"items", items_of},
    {"indent", indent_text},
    {"sort", sort_items},
    {"dictsort", sort_dict},
    {"unique", unique_items},
    {"min", [](const Call& call) { return extreme(call, false); }},
    {"max", [](const Call& call) { return extreme(call, true); }},
    {"float", to_float},
    {"e", escape_html},
}};

Filter find_filter(std::string_view name) {
  for (const Named& entry : kFilters) {
    if (entry.name == name) return entry.filter;
  }
  return nullptr;
}

}  // namespace

Value attribute_of(const Value& item, const std::string& path, const Call& call) {
  Value value = item;
  for (const std::string& name : lucie::split(path, '.')) {
    const auto index = parse_int(name);
    if (value.is(Value::Kind::kUndefined)) call.wrong("'" + name + "' is undefined");
    value = item_of(value, index ? Value(*index) : Value(name));
  }
  return value;
}

bool is_filter(std::string_view name) {
  return find_filter(name) != nullptr;
}

Value call_filter(std::string_view name, const Call& call) {
  const Filter filter = find_filter(name);
  if (filter == nullptr) {
    fail(ErrorCode::kUnsupported, "the filter '" + std::string(name) + "' is not known",
         place_of(call.line));
  }
  return filter(call);
}

}  // namespace lucie::jinja
