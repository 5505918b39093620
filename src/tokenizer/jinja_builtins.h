// Filters, tests, functions and methods of the template language. Internal to the interpreter.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tokenizer/jinja_value.h"

namespace lucie::jinja {

// What a hostile template may use up.
class Budget {
 public:
  void spend(std::size_t steps, int line);
  void spend_bytes(std::size_t bytes, int line) { spend(1 + bytes / 64, line); }

 private:
  std::size_t used_ = 0;
};

struct Call {
  std::vector<Value> positional;  // filters, tests and methods: what they are applied to goes first
  std::vector<std::pair<std::string, Value>> named;
  int line = 0;
  Budget* budget = nullptr;
  std::string_view today;  // ISO date, may be empty

  // Argument by position or name, or nullptr.
  const Value* find(std::size_t index, std::string_view name) const;
  const Value& need(std::size_t index, std::string_view name) const;
  std::optional<std::int64_t> integer(std::size_t index, std::string_view name) const;
  const Text& need_text(std::size_t index, std::string_view name) const;
  [[noreturn]] void wrong(const std::string& message) const;
};

bool is_filter(std::string_view name);
bool is_test(std::string_view name);
bool is_function(std::string_view name);
bool is_method(std::string_view name);

Value call_filter(std::string_view name, const Call& call);
bool call_test(std::string_view name, const Call& call);
Value call_function(std::string_view name, const Call& call);
Value call_method(std::string_view name, const Call& call);

// Elements of a list, keys of a dictionary, characters of a string; Error for other values.
List elements(const Value& value, const Call& call);
Value item_of(const Value& value, const Value& key);  // value[key], undefined when absent
bool contains(const Value& container, const Value& item, const Call& call);
int compare(const Value& a, const Value& b, const Call& call);  // <0, 0, >0
// item.path.to.it; Error when something on the way is undefined.
Value attribute_of(const Value& item, const std::string& path, const Call& call);
Value sort_items(const Call& call);
Value sort_dict(const Call& call);
Value unique_items(const Call& call);
Value extreme(const Call& call, bool highest);
// The characters at these places.
Text slice_text(const Text& text, const std::vector<std::size_t>& wanted);

}  // namespace lucie::jinja
