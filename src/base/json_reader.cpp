// simdjson reads what is right. What it refuses goes to parse_json, which knows what is wrong and
// where, and decides.
#include "base/json_reader.h"

#include <simdjson.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace lucie {
namespace {

namespace dom = simdjson::dom;

// Longer texts are rare, and the memory for one would be kept.
constexpr std::size_t kMaxText = std::size_t{64} << 20;
constexpr std::size_t kMaxDepth = 200;  // of parse_json
constexpr std::size_t kFewKeys = 24;    // that are compared each with each

// Of the keys of a vocabulary: hashes are sorted faster than texts. Two keys of one hash are taken
// for one, which parse_json will look into.
bool may_have_key_twice(std::span<const std::string_view> keys) {
  std::vector<std::size_t> hashes(keys.size());
  std::transform(keys.begin(), keys.end(), hashes.begin(), std::hash<std::string_view>());
  std::sort(hashes.begin(), hashes.end());
  return std::adjacent_find(hashes.begin(), hashes.end()) != hashes.end();
}

bool has_key_twice(std::span<const std::string_view> keys) {
  if (keys.size() > kFewKeys) return may_have_key_twice(keys);
  for (std::size_t i = 1; i < keys.size(); ++i) {
    if (std::find(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(i), keys[i]) !=
        keys.begin() + static_cast<std::ptrdiff_t>(i)) {
      return true;
    }
  }
  return false;
}

bool is_wanted(std::span<const std::string> only, std::string_view key) {
  return only.empty() || std::find(only.begin(), only.end(), key) != only.end();
}

// Walks what simdjson has read. False: parse_json shall decide.
class Walker {
 public:
  // `out`: nullptr when the value is only checked.
  bool walk(const dom::element& element, Json* out, std::span<const std::string> only = {}) {
    if (element.is_object()) return walk_object(element, out, only);
    if (element.is_array()) return walk_array(element, out);
    if (out != nullptr) *out = scalar(element);
    return true;
  }

 private:
  static Json scalar(const dom::element& element) {
    switch (element.type()) {
      case dom::element_type::STRING:
        return Json(std::string_view(element));
      case dom::element_type::INT64:
        return Json(std::int64_t(element));
      case dom::element_type::UINT64:
        return Json(std::uint64_t(element));
      case dom::element_type::DOUBLE:
        return Json(double(element));
      case dom::element_type::BOOL:
        return Json(bool(element));
      default:
        return Json();
    }
  }

  bool walk_array(const dom::array& array, Json* out) {
    if (out != nullptr) *out = Json::array();
    if (depth_ == kMaxDepth) return false;
    ++depth_;
    if (out != nullptr) out->items().reserve(array.size());
    for (const dom::element item : array) {
      Json* place = nullptr;
      if (out != nullptr) {
        out->push_back(Json());
        place = &out->items().back();
      }
      if (!walk(item, place)) return false;
    }
    --depth_;
    return true;
  }

  bool walk_object(const dom::object& object, Json* out, std::span<const std::string> only) {
    if (out != nullptr) *out = Json::object();
    if (depth_ == kMaxDepth) return false;
    ++depth_;
    const std::size_t first_key = keys_.size();
    for (const dom::key_value_pair member : object) keys_.push_back(member.key);
    if (has_key_twice(std::span(keys_).subspan(first_key))) return false;
    keys_.resize(first_key);
    if (out != nullptr) out->members().reserve(only.empty() ? object.size() : only.size());
    for (const dom::key_value_pair member : object) {
      Json* place = nullptr;
      if (out != nullptr && is_wanted(only, member.key)) {
        place = &out->members().emplace_back(std::string(member.key), Json()).second;
      }
      if (!walk(member.value, place)) return false;
    }
    --depth_;
    return true;
  }

  std::vector<std::string_view> keys_;
  std::size_t depth_ = 0;
};

}  // namespace

struct JsonReader::Parser {
  std::optional<Json> read(std::string_view text, std::span<const std::string> only) {
    if (text.empty() || text.size() > kMaxText) return std::nullopt;
    // It is copied to where simdjson may read beyond its end.
    dom::element root;
    if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
    Json value;
    if (!Walker().walk(root, &value, only)) return std::nullopt;
    return value;
  }

  dom::parser parser;
};

namespace {

// "tokenizer.json: model.vocab", of the two upper levels.
void set_places(Json& value, const std::string& place, int levels) {
  value.set_place(place);
  if (levels == 0) return;
  const bool root = levels == 2;
  if (value.is_object()) {
    for (auto& [key, member] : value.members()) {
      set_places(member, place + (root ? ": " : ".") + key, levels - 1);
    }
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      set_places(value.items()[i], place + (root ? ": [" : "[") + std::to_string(i) + "]",
                 levels - 1);
    }
  }
}

}  // namespace

JsonReader::JsonReader() : parser_(std::make_unique<Parser>()) {}
JsonReader::~JsonReader() = default;
JsonReader::JsonReader(JsonReader&&) noexcept = default;
JsonReader& JsonReader::operator=(JsonReader&&) noexcept = default;

Json JsonReader::read_whole(std::string_view text, const std::string& name) {
  std::optional<Json> value = parser_->read(text, {});
  if (!value) return parse_json(text, name);
  set_places(*value, name, 2);
  return *std::move(value);
}

Json JsonReader::read(std::string_view text, const std::string& name,
                      std::span<const std::string> only) {
  if (std::optional<Json> value = parser_->read(text, only)) return *std::move(value);
  Json value = parse_json(text, name);
  if (value.is_object()) {
    std::erase_if(value.members(),
                  [&](const Json::Member& member) { return !is_wanted(only, member.first); });
  }
  return value;
}

}  // namespace lucie
