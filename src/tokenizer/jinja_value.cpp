#include "tokenizer/jinja_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/text.h"

namespace lucie::jinja {
namespace {

constexpr int kDeepest = 64;
constexpr int kNeverWithin = 1000;  // depth of what no list or dictionary may hold
constexpr std::size_t kHeaviest = 1'000'000;
constexpr std::size_t kLongestText = std::size_t{16} << 20;

struct Measure {
  int depth = 0;
  std::size_t weight = 1;

  void add(const Value& item) {
    depth = std::max(depth, item.depth() + 1);
    weight += item.weight();
    if (depth > kDeepest || weight > kHeaviest) {
      fail(ErrorCode::kUnsupported,
           "a list or dictionary is too deep or too large, or holds a namespace", "chat template");
    }
  }
};

std::string float_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

// Python's repr of a string.
std::string quoted(const std::string& text) {
  const bool doubled = text.find('\'') != std::string::npos && text.find('"') == std::string::npos;
  const char quote = doubled ? '"' : '\'';
  std::string out(1, quote);
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      if (c == quote || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + quote;
}

Text quoted_text(const Value& value) {
  return value.is(Value::Kind::kString) ? value.text().rewritten(quoted(value.str()))
                                        : to_text(value);
}

Text container_text(const Value& value) {
  const bool list = value.is(Value::Kind::kList);
  Text out(list ? "[" : "{");
  bool first = true;
  const auto separate = [&] {
    if (!first) out.append(", ");
    first = false;
  };
  if (list) {
    for (const Value& item : value.list()) {
      separate();
      out.append(quoted_text(item));
    }
  } else {
    for (const auto& [key, item] : value.dict()) {
      separate();
      out.append(quoted(key) + ": ");
      out.append(quoted_text(item));
    }
  }
  out.append(list ? "]" : "}");
  return out;
}

class JsonWriter {
 public:
  explicit JsonWriter(const JsonStyle& style) : style_(style) {}

  void write(const Value& value, int level) {
    switch (value.kind()) {
      case Value::Kind::kNone:
        return out_.append("null");
      case Value::Kind::kBool:
        return out_.append(value.boolean() ? "true" : "false");
      case Value::Kind::kString:
        return out_.append(value.text().rewritten(quoted_json(value.str())));
      case Value::Kind::kInteger:
      case Value::Kind::kFloat:
        return out_.append(to_text(value));
      case Value::Kind::kList:
        return write_items('[', ']', value.list().size(), level,
                           [&](std::size_t i) { write(value.list()[i], level + 1); });
      case Value::Kind::kDict:
        return write_dict(value.dict(), level);
      default:
        fail(ErrorCode::kInvalidArgument,
             std::string(type_name(value)) + " cannot be written as JSON", "chat template");
    }
  }
  Text take() { return std::move(out_); }

 private:
  void write_dict(const Dict& dict, int level) {
    std::vector<const Dict::value_type*> members;
    for (const auto& member : dict) members.push_back(&member);
    if (style_.sort_keys) {
      std::stable_sort(members.begin(), members.end(),
                       [](const auto* a, const auto* b) { return a->first < b->first; });
    }
    write_items('{', '}', members.size(), level, [&](std::size_t i) {
      out_.append(quoted_json(members[i]->first) + style_.after_key);
      write(members[i]->second, level + 1);
    });
  }
  std::string quoted_json(const std::string& text) const {
    const std::string json = Json(text).dump();
    if (!style_.ascii) return json;
    std::string out;
    for (std::size_t at = 0; at < json.size();) {
      const char32_t c = next_code_point(json, &at);
      if (c < 0x80) {
        out += static_cast<char>(c);
      } else if (c < 0x10000) {
        out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(c));
      } else {
        const auto high = static_cast<std::uint32_t>(c - 0x10000);
        out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (high >> 10), 0xDC00 + (high & 0x3FF));
      }
    }
    return out;
  }
  template <typename Item>
  void write_items(char open, char close, std::size_t count, int level, const Item& item) {
    out_.append(std::string_view(&open, 1));
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) out_.append(style_.between);
      if (out_.size() > kLongestText) {
        fail(ErrorCode::kUnsupported, "a text grows beyond 16 MB", "chat template");
      }
      new_line(level + 1);
      item(i);
    }
    if (count > 0) new_line(level);
    out_.append(std::string_view(&close, 1));
  }
  void new_line(int level) {
    if (style_.indent < 0) return;
    out_.append("\n" + std::string(static_cast<std::size_t>(level * style_.indent), ' '));
  }
  const JsonStyle& style_;
  Text out_;
};

}  // namespace

Text::Text(std::string bytes, int source) : bytes_(std::move(bytes)) {
  mark(0, bytes_.size(), source);
}

void Text::mark(std::size_t begin, std::size_t end, int source) {
  if (begin == end) return;
  if (!origins_.empty() && origins_.back().end == begin && origins_.back().source == source) {
    origins_.back().end = end;
  } else {
    origins_.push_back({begin, end, source});
  }
}

Text Text::substr(std::size_t begin, std::size_t length) const {
  Text part(bytes_.substr(begin, length));
  const std::size_t end = begin + part.size();
  for (const Origin& origin : origins_) {
    const std::size_t from = std::max(begin, origin.begin), to = std::min(end, origin.end);
    if (from < to) part.mark(from - begin, to - begin, origin.source);
  }
  return part;
}

void Text::append(const Text& other) {
  const std::size_t shift = bytes_.size();
  bytes_ += other.bytes_;
  for (const Origin& origin : other.origins_) {
    mark(origin.begin + shift, origin.end + shift, origin.source);
  }
}

Text Text::rewritten(std::string bytes) const {
  return origins_.empty() ? Text(std::move(bytes)) : Text(std::move(bytes), origins_[0].source);
}

Value::Value(List items) {
  Measure measure;
  for (const Value& item : items) measure.add(item);
  value_ =
      std::make_shared<const ListBox>(ListBox{std::move(items), measure.depth, measure.weight});
}

Value::Value(Dict items) {
  Measure measure;
  for (const auto& [key, item] : items) measure.add(item);
  value_ =
      std::make_shared<const DictBox>(DictBox{std::move(items), measure.depth, measure.weight});
}

std::size_t Value::weight() const {
  if (is(Kind::kString)) return 1 + text().size() / 64;
  if (const auto* list = std::get_if<std::shared_ptr<const ListBox>>(&value_)) {
    return (*list)->weight;
  }
  if (const auto* dict = std::get_if<std::shared_ptr<const DictBox>>(&value_)) {
    return (*dict)->weight;
  }
  return 1;
}

int Value::depth() const {
  if (is(Kind::kNamespace)) return kNeverWithin;
  if (const auto* list = std::get_if<std::shared_ptr<const ListBox>>(&value_)) {
    return (*list)->depth;
  }
  if (const auto* dict = std::get_if<std::shared_ptr<const DictBox>>(&value_)) {
    return (*dict)->depth;
  }
  return 0;
}

std::int64_t Value::integer() const {
  return is(Kind::kBool) ? std::int64_t{boolean()} : std::get<std::int64_t>(value_);
}

double Value::number() const {
  return is(Kind::kFloat) ? std::get<double>(value_) : static_cast<double>(integer());
}

bool Value::truthy() const {
  switch (kind()) {
    case Kind::kUndefined:
    case Kind::kNone:
      return false;
    case Kind::kBool:
    case Kind::kInteger:
    case Kind::kFloat:
      return number() != 0;
    case Kind::kString:
      return text().size() > 0;
    case Kind::kList:
      return !list().empty();
    case Kind::kDict:
      return !dict().empty();
    default:
      return true;
  }
}

const Value* Value::find(std::string_view key) const {
  if (is(Kind::kDict)) {
    for (const auto& [name, item] : dict()) {
      if (name == key) return &item;
    }
  } else if (is(Kind::kNamespace)) {
    const auto& members = name_space().members;
    const auto found = members.find(std::string(key));
    if (found != members.end()) return &found->second;
  }
  return nullptr;
}

const char* type_name(const Value& value) {
  static constexpr const char* kNames[] = {"undefined", "None", "bool", "int",       "float",
                                           "str",       "list", "dict", "namespace", "macro"};
  return kNames[static_cast<std::size_t>(value.kind())];
}

bool equal(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return a.number() == b.number();
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Value::Kind::kString:
      return a.str() == b.str();
    case Value::Kind::kList:
      return std::equal(a.list().begin(), a.list().end(), b.list().begin(), b.list().end(), equal);
    case Value::Kind::kDict:
      return a.dict().size() == b.dict().size() &&
             std::all_of(a.dict().begin(), a.dict().end(), [&](const auto& item) {
               const Value* other = b.find(item.first);
               return other != nullptr && equal(item.second, *other);
             });
    case Value::Kind::kNamespace:
      return &a.name_space() == &b.name_space();
    case Value::Kind::kMacro:
      return a.macro() == b.macro();
    default:
      return true;
  }
}

Text to_text(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kUndefined:
      return {};
    case Value::Kind::kNone:
      return Text("None");
    case Value::Kind::kBool:
      return Text(value.boolean() ? "True" : "False");
    case Value::Kind::kInteger:
      return Text(std::to_string(value.integer()));
    case Value::Kind::kFloat:
      return Text(float_text(value.number()));
    case Value::Kind::kString:
      return value.text();
    case Value::Kind::kList:
    case Value::Kind::kDict:
      return container_text(value);
    default:
      fail(ErrorCode::kUnsupported, std::string("a ") + type_name(value) + " cannot be written out",
           "chat template");
  }
}

Text to_json_text(const Value& value, const JsonStyle& style) {
  JsonWriter writer(style);
  writer.write(value, 0);
  return writer.take();
}

Value from_json(const Json& json) {
  if (json.is_null()) return None{};
  if (json.is_bool()) return json.as_bool();
  if (json.is_int()) return json.as_int();
  if (json.is_number()) return json.as_double();
  if (json.is_string()) return json.as_string();
  if (json.is_array()) {
    List items;
    for (const Json& item : json.items()) items.push_back(from_json(item));
    return items;
  }
  Dict items;
  for (const auto& [key, item] : json.members()) items.emplace_back(key, from_json(item));
  return items;
}

}  // namespace lucie::jinja
