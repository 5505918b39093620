#include "base/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/text.h"

namespace lucie {
namespace {

const char* kind_of(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_bool()) return "true or false";
  if (value.is_int()) return "an integer";
  if (value.is_number()) return "a number";
  if (value.is_string()) return "a string";
  return value.is_array() ? "a list" : "an object";
}

[[noreturn]] void fail_kind(const Json& value, const char* wanted) {
  fail(ErrorCode::kInvalidArgument, std::string("expected ") + wanted + ", found " + kind_of(value),
       value.place());
}

// ASCII that stands for itself within quotes.
bool is_plain(char c) {
  return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

void append_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t plain = at;
    while (at < text.size() && is_plain(text[at])) ++at;
    out += text.substr(plain, at - plain);
    if (at == text.size()) break;
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte >= 0x80) {
      std::size_t ill_formed = 0;
      const std::size_t length = utf8_length(text.substr(at), &ill_formed);
      out += length > 0 ? text.substr(at, length) : "\xEF\xBF\xBD";  // U+FFFD
      at += length > 0 ? length : ill_formed;
      continue;
    }
    ++at;
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += static_cast<char>(byte);
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte == '\t') {
      out += "\\t";
    } else if (byte == '\r') {
      out += "\\r";
    } else {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  out += '"';
}

void append_double(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  char digits[32];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  LUCIE_ASSERT(error == std::errc());
  const std::string_view text(digits, static_cast<std::size_t>(end - digits));
  out += text;
  if (text.find_first_of(".e") == text.npos) out += ".0";  // reads back as a double
}

class Writer {
 public:
  Writer(std::string& out, int indent) : out_(out), indent_(indent) {}

  void write(const Json& value) {
    if (value.is_null()) {
      out_ += "null";
    } else if (value.is_bool()) {
      out_ += value.as_bool() ? "true" : "false";
    } else if (value.is_int()) {
      out_ += std::to_string(value.as_int());
    } else if (value.is_number()) {
      append_double(out_, value.as_double());
    } else if (value.is_string()) {
      append_escaped(out_, value.as_string());
    } else if (value.is_array()) {
      write_list(value.items(), '[', ']', [&](const Json& item) { write(item); });
    } else {
      write_list(value.members(), '{', '}', [&](const Json::Member& member) {
        append_escaped(out_, member.first);
        out_ += indent_ < 0 ? ":" : ": ";
        write(member.second);
      });
    }
  }

 private:
  template <typename List, typename WriteItem>
  void write_list(const List& list, char open, char close, WriteItem write_item) {
    out_ += open;
    ++depth_;
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i > 0) out_ += ',';
      new_line();
      write_item(list[i]);
    }
    --depth_;
    if (!list.empty()) new_line();
    out_ += close;
  }

  void new_line() {
    if (indent_ < 0) return;
    out_ += '\n';
    out_.append(static_cast<std::size_t>(indent_) * static_cast<std::size_t>(depth_), ' ');
  }

  std::string& out_;
  int indent_, depth_ = 0;
};

}  // namespace

Json::Json(std::uint64_t value) {
  if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    value_ = static_cast<std::int64_t>(value);
  } else {
    value_ = static_cast<double>(value);
  }
}

bool Json::as_bool() const {
  if (!is_bool()) fail_kind(*this, "true or false");
  return std::get<bool>(value_);
}

std::int64_t Json::as_int() const {
  if (is_int()) return std::get<std::int64_t>(value_);
  if (!is_number()) fail_kind(*this, "an integer");
  const double value = std::get<double>(value_);
  // -2^63 is a double, 2^63 - 1 is not.
  if (!(value >= -0x1p63 && value < 0x1p63) || value != std::floor(value)) {
    fail(ErrorCode::kInvalidArgument, "expected an integer, found " + dump(), place_);
  }
  return static_cast<std::int64_t>(value);
}

double Json::as_double() const {
  if (is_int()) return static_cast<double>(std::get<std::int64_t>(value_));
  if (!is_number()) fail_kind(*this, "a number");
  return std::get<double>(value_);
}

const std::string& Json::as_string() const {
  if (!is_string()) fail_kind(*this, "a string");
  return std::get<std::string>(value_);
}

const Json::Array& Json::items() const {
  if (!is_array()) fail_kind(*this, "a list");
  return std::get<Array>(value_);
}

const Json::Object& Json::members() const {
  if (!is_object()) fail_kind(*this, "an object");
  return std::get<Object>(value_);
}

Json::Array& Json::items() {
  return const_cast<Array&>(std::as_const(*this).items());
}

Json::Object& Json::members() {
  return const_cast<Object&>(std::as_const(*this).members());
}

std::size_t Json::size() const {
  if (is_array()) return items().size();
  return is_object() ? members().size() : 0;
}

const Json* Json::find(std::string_view key) const {
  if (!is_object()) return nullptr;
  for (const Member& member : members()) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

const Json& Json::at(std::string_view key) const {
  members();  // refuses anything but an object
  if (const Json* value = find(key)) return *value;
  fail(ErrorCode::kInvalidArgument, "there is no '" + std::string(key) + "'", place_);
}

const Json& Json::at(std::size_t index) const {
  const Array& list = items();
  if (index < list.size()) return list[index];
  fail(ErrorCode::kInvalidArgument,
       "there is no element " + std::to_string(index) + " in a list of " +
           std::to_string(list.size()),
       place_);
}

Json& Json::operator[](std::string_view key) {
  if (is_null()) value_ = Object{};
  Object& object = members();
  for (Member& member : object) {
    if (member.first == key) return member.second;
  }
  return object.emplace_back(std::string(key), Json()).second;
}

void Json::push_back(Json value) {
  if (is_null()) value_ = Array{};
  items().push_back(std::move(value));
}

void Json::erase(std::string_view key) {
  std::erase_if(members(), [&](const Member& member) { return member.first == key; });
}

std::string Json::get(std::string_view key, const char* fallback) const {
  const Json* value = find(key);
  return value == nullptr || value->is_null() ? fallback : value->as_string();
}

std::int64_t Json::get(std::string_view key, std::int64_t fallback) const {
  const Json* value = find(key);
  return value == nullptr || value->is_null() ? fallback : value->as_int();
}

std::int64_t Json::get(std::string_view key, int fallback) const {
  return get(key, std::int64_t{fallback});
}

double Json::get(std::string_view key, double fallback) const {
  const Json* value = find(key);
  return value == nullptr || value->is_null() ? fallback : value->as_double();
}

bool Json::get(std::string_view key, bool fallback) const {
  const Json* value = find(key);
  return value == nullptr || value->is_null() ? fallback : value->as_bool();
}

std::string Json::dump(int indent) const {
  std::string out;
  Writer(out, indent).write(*this);
  return out;
}

std::vector<std::string> strings_at(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  std::vector<std::string> strings;
  if (value == nullptr || value->is_null()) return strings;
  if (!value->is_array()) return {value->as_string()};
  for (const Json& item : value->items()) strings.push_back(item.as_string());
  return strings;
}

void refuse_unknown_keys(const Json& object, const std::vector<std::string>& known,
                         std::string_view section) {
  for (const auto& [key, value] : object.members()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::string name = section.empty() ? key : std::string(section) + "." + key;
    const std::string meant = did_you_mean(key, known);
    fail(ErrorCode::kInvalidArgument, "unknown key '" + name + "'", value.place(),
         meant.empty() ? "known keys: " + join(known, ", ") : meant);
  }
}

Json read_json(const fs::path& path) {
  return parse_json(read_file(path), path.string());
}

void write_json(const fs::path& path, const Json& value) {
  write_file_atomic(path, value.dump(2) + "\n");
}

}  // namespace lucie
