// parse_json: nlohmann-json reads, and its events build our Json. The depth is limited because
// Json's own functions are recursive; nlohmann's parser is not.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json.h"

namespace lucie {
namespace {

constexpr std::size_t kMaxDepth = 200;
// Deeper values carry no place: a vocabulary has a hundred thousand of them.
constexpr std::size_t kPlaceDepth = 2;

class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  Builder(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  Json take() { return std::move(root_); }

  bool null() override { return add(Json()); }
  bool boolean(bool value) override { return add(Json(value)); }
  bool number_integer(std::int64_t value) override { return add(Json(value)); }
  bool number_unsigned(std::uint64_t value) override { return add(Json(value)); }
  bool number_float(double value, const std::string&) override { return add(Json(value)); }
  bool string(std::string& value) override { return add(Json(std::move(value))); }
  bool binary(binary_t&) override { return false; }  // JSON text has none
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_array() override { return close(); }

  bool key(std::string& key) override {
    key_ = std::move(key);
    return true;
  }

  bool end_object() override {
    check_duplicates(stack_.back()->members());
    return close();
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception& error) override {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while ..."
    std::string_view reason = error.what();
    if (const auto at = reason.find(": "); at != reason.npos) reason.remove_prefix(at + 2);
    const std::size_t seen = std::min(position, text_.size());
    const auto line =
        1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(seen), '\n');
    fail(ErrorCode::kCorrupt, "invalid JSON: " + std::string(reason),
         name_ + ":" + std::to_string(line));
  }

 private:
  Json& place_of(Json value) {
    if (stack_.empty()) return root_ = std::move(value);
    Json& parent = *stack_.back();
    if (parent.is_array()) {
      parent.items().push_back(std::move(value));
      return parent.items().back();
    }
    return parent.members().emplace_back(std::move(key_), std::move(value)).second;
  }

  bool add(Json value) {
    Json& added = place_of(std::move(value));
    if (stack_.empty()) {
      added.set_place(name_);
    } else if (stack_.size() <= kPlaceDepth) {
      added.set_place(path_to_last());
    }
    return true;
  }

  // "config.json: rope_scaling.factor"
  std::string path_to_last() const {
    std::string path = name_ + ":";
    for (std::size_t i = 0; i < stack_.size(); ++i) {
      const Json& parent = *stack_[i];
      if (parent.is_array()) {
        path += (i == 0 ? " [" : "[") + std::to_string(parent.size() - 1) + "]";
      } else {
        path += (i == 0 ? " " : ".") + parent.members().back().first;
      }
    }
    return path;
  }

  bool open(Json container) {
    if (stack_.size() >= kMaxDepth) {
      fail(ErrorCode::kCorrupt,
           "JSON is nested deeper than " + std::to_string(kMaxDepth) + " levels", name_);
    }
    add(std::move(container));
    // The parent's last child: it does not move before it is closed.
    Json* added = &root_;
    if (!stack_.empty()) {
      Json& parent = *stack_.back();
      added = parent.is_array() ? &parent.items().back() : &parent.members().back().second;
    }
    stack_.push_back(added);
    return true;
  }

  bool close() {
    stack_.pop_back();
    return true;
  }

  void check_duplicates(const Json::Object& object) {
    std::vector<std::string_view> keys;
    keys.reserve(object.size());
    for (const Json::Member& member : object) keys.push_back(member.first);
    std::sort(keys.begin(), keys.end());
    const auto twice = std::adjacent_find(keys.begin(), keys.end());
    if (twice == keys.end()) return;
    fail(ErrorCode::kCorrupt, "key '" + std::string(*twice) + "' stands twice in a JSON object",
         stack_.back()->place().empty() ? name_ : stack_.back()->place());
  }

  std::string_view text_;
  const std::string& name_;
  Json root_;
  std::vector<Json*> stack_;
  std::string key_;
};

}  // namespace

Json parse_json(std::string_view text, const std::string& name) {
  Builder builder(text, name);
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
}

}  // namespace lucie
