// YAML in and out. yaml-cpp parses; which plain scalar is a number, a truth value or null is
// decided here, by the core schema of YAML 1.2 (section 10.3.2 of its specification).
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <optional>
#include <set>
#include <sstream>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

namespace lucie {
namespace {

constexpr int kMaxDepth = 200;
constexpr std::size_t kMaxValues = 1'000'000;  // aliases of aliases can stand for any number
// In bytes. YAML lets a key without "? " before it be of 1024 characters (section 7.4.2).
constexpr std::size_t kLongestKey = 1000;

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_float(std::string_view text) {
  const auto skip_sign = [&] {
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  };
  skip_sign();
  const std::size_t exponent = text.find_first_of("eE");
  const std::string_view mantissa = text.substr(0, exponent);
  const std::size_t dot = mantissa.find('.');
  const std::string_view whole = mantissa.substr(0, dot);
  const std::string_view part = dot == mantissa.npos ? "" : mantissa.substr(dot + 1);
  if ((!whole.empty() && !all_digits(whole)) || (!part.empty() && !all_digits(part))) return false;
  if (whole.empty() && part.empty()) return false;
  if (exponent == text.npos) return true;
  text.remove_prefix(exponent + 1);
  skip_sign();
  return all_digits(text);
}

std::optional<Json> based_integer(std::string_view text) {
  const int base = text.starts_with("0x") ? 16 : text.starts_with("0o") ? 8 : 0;
  if (base == 0 || text.size() < 3) return std::nullopt;
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  if (text[2] == '-') return std::nullopt;
  const auto [stop, error] = std::from_chars(text.data() + 2, end, value, base);
  if (error != std::errc() || stop != end) return std::nullopt;
  return Json(value);
}

Json plain_scalar(const std::string& text) {
  if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return Json();
  if (is_one_of(text, {"true", "True", "TRUE"})) return Json(true);
  if (is_one_of(text, {"false", "False", "FALSE"})) return Json(false);
  if (const auto value = based_integer(text)) return *value;
  const bool negative = text[0] == '-';
  const std::string_view unsigned_text =
      std::string_view(text).substr(negative || text[0] == '+' ? 1 : 0);
  if (is_one_of(unsigned_text, {".inf", ".Inf", ".INF"})) {
    const double infinity = std::numeric_limits<double>::infinity();
    return Json(negative ? -infinity : infinity);
  }
  if (is_one_of(text, {".nan", ".NaN", ".NAN"})) {
    return Json(std::numeric_limits<double>::quiet_NaN());
  }
  if (all_digits(unsigned_text)) {
    if (const auto value = parse_int(text)) return Json(*value);
  }
  if (is_float(text)) {
    if (const auto value = parse_double(text)) return Json(*value);
  }
  return Json(text);
}

// Listens only to where documents start. YAML::LoadAll would not do: on a stray "," it makes empty
// documents for ever, without reading on.
class DocumentCounter : public YAML::EventHandler {
 public:
  int documents() const { return documents_; }
  void OnDocumentStart(const YAML::Mark&) override { ++documents_; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  int documents_ = 0;
};

// Whether there is a document at all; a second one is an error.
bool has_document(const std::string& text, const std::string& name) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentCounter counter;
  while (parser.HandleNextDocument(counter)) {
    if (counter.documents() < 2) continue;
    fail(ErrorCode::kUnsupported, "more than one YAML document in a file", name,
         "a stray ',' or ']' ends a document too");
  }
  return counter.documents() > 0;
}

// yaml-cpp takes some control characters for the end of the file, or for UTF-16.
void refuse_control_characters(std::string_view text, const std::string& name) {
  std::size_t line = 1;
  for (const char c : text) {
    if (c == '\n') ++line;
    if (static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\r' || c == '\n') continue;
    fail(ErrorCode::kCorrupt, "YAML holds a control character", name + ":" + std::to_string(line),
         "in double quotes, write it as \\u and four digits");
  }
}

class Converter {
 public:
  explicit Converter(const std::string& name) : name_(name) {}

  Json convert(const YAML::Node& node, int depth) {
    const std::string where = place(node.Mark());
    if (depth > kMaxDepth || ++values_ > kMaxValues) {
      fail(ErrorCode::kCorrupt, "YAML is too deep or too large (aliases?)", where);
    }
    Json value = node.IsMap()        ? mapping(node, depth)
                 : node.IsSequence() ? sequence(node, depth)
                                     : scalar(node, where);
    value.set_place(where);
    return value;
  }

  std::string place(const YAML::Mark& mark) const {
    return mark.is_null() ? name_ : name_ + ":" + std::to_string(mark.line + 1);
  }

 private:
  Json scalar(const YAML::Node& node, const std::string& where) const {
    if (!node.IsScalar()) return Json();
    const std::string& tag = node.Tag();
    if (tag == "!" || tag == "tag:yaml.org,2002:str") return Json(node.Scalar());
    if (tag != "?" && !tag.empty()) {
      fail(ErrorCode::kUnsupported, "YAML tag '" + tag + "' is not handled", where,
           "quote the value if it is a string");
    }
    return plain_scalar(node.Scalar());
  }

  Json sequence(const YAML::Node& node, int depth) {
    Json list = Json::array();
    for (const YAML::Node& item : node) list.push_back(convert(item, depth + 1));
    return list;
  }

  Json mapping(const YAML::Node& node, int depth) {
    Json object = Json::object();
    std::set<std::string> seen;
    for (const auto& member : node) {
      const std::string where = place(member.first.Mark());
      if (!member.first.IsScalar()) {
        fail(ErrorCode::kUnsupported, "a YAML key must be a plain or quoted word", where);
      }
      const std::string& key = member.first.Scalar();
      if (!seen.insert(key).second) {
        fail(ErrorCode::kCorrupt, "key '" + key + "' stands twice", where, "remove one of them");
      }
      object.members().emplace_back(key, convert(member.second, depth + 1));
    }
    return object;
  }

  const std::string& name_;
  std::size_t values_ = 0;
};

// Words that are safe without quotes, in flow lists too, for readers of YAML 1.1 and 1.2.
bool is_plain_word(const std::string& text) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  if (text.empty() || kLetters.find(text[0]) == kLetters.npos) return false;
  if (text.find_first_not_of(std::string(kLetters) + "0123456789_-./+") != text.npos) return false;
  const std::string lower = to_lower_ascii(text);
  return !is_one_of(lower, {"null", "true", "false", "yes", "no", "on", "off", "y", "n"});
}

std::string scalar_text(const Json& value) {
  if (value.is_string() && is_plain_word(value.as_string())) return value.as_string();
  if (value.is_number() && !value.is_int() && !std::isfinite(value.as_double())) {
    return std::isnan(value.as_double()) ? ".nan" : value.as_double() < 0 ? "-.inf" : ".inf";
  }
  return value.dump();  // JSON's quoted strings are YAML's
}

bool is_container(const Json& value) {
  return value.size() > 0 && (value.is_array() || value.is_object());
}

bool is_flow_list(const Json& value) {
  if (!value.is_array()) return false;
  for (const Json& item : value.items()) {
    if (is_container(item)) return false;
  }
  return true;
}

std::string flow_list(const Json& value) {
  std::vector<std::string> parts;
  for (const Json& item : value.items()) parts.push_back(scalar_text(item));
  return "[" + join(parts, ", ") + "]";
}

// Writes a value after "key:" or "-", with its line end; `indent` is that of its own lines.
void write_value(std::string& out, const Json& value, std::size_t indent);

void write_members(std::string& out, const Json& value, std::size_t indent, bool on_dash_line) {
  for (const Json::Member& member : value.members()) {
    if (!on_dash_line) out.append(indent, ' ');
    on_dash_line = false;
    const std::string key = scalar_text(Json(member.first));
    out += key.size() <= kLongestKey ? key : "? " + key + "\n" + std::string(indent, ' ');
    out += ':';
    write_value(out, member.second, indent + 2);
  }
}

void write_items(std::string& out, const Json& value, std::size_t indent) {
  for (const Json& item : value.items()) {
    out.append(indent, ' ');
    out += "-";
    if (item.is_object() && item.size() > 0) {
      out += ' ';
      write_members(out, item, indent + 2, true);
    } else {
      write_value(out, item, indent + 2);
    }
  }
}

void write_value(std::string& out, const Json& value, std::size_t indent) {
  if (!is_container(value)) {
    out += " " + scalar_text(value) + "\n";
  } else if (is_flow_list(value)) {
    out += " " + flow_list(value) + "\n";
  } else {
    out += '\n';
    if (value.is_object()) {
      write_members(out, value, indent, false);
    } else {
      write_items(out, value, indent);
    }
  }
}

}  // namespace

Json parse_yaml(std::string_view text, const std::string& name) {
  if (!is_valid_utf8(text)) fail(ErrorCode::kCorrupt, "YAML is not valid UTF-8", name);
  refuse_control_characters(text, name);
  Converter converter(name);
  try {
    const std::string copy(text);
    if (!has_document(copy, name)) return Json();
    return converter.convert(YAML::Load(copy), 0);
  } catch (const YAML::Exception& error) {
    fail(ErrorCode::kCorrupt, "invalid YAML: " + error.msg, converter.place(error.mark));
  }
}

Json read_yaml(const fs::path& path) {
  return parse_yaml(read_file(path), path.string());
}

std::string dump_yaml(const Json& value) {
  std::string out;
  if (is_container(value) && value.is_object()) {
    write_members(out, value, 0, false);
  } else if (is_container(value) && !is_flow_list(value)) {
    write_items(out, value, 0);
  } else {
    out = (is_flow_list(value) ? flow_list(value) : scalar_text(value)) + "\n";
  }
  return out;
}

}  // namespace lucie
