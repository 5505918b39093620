// Filters that put values in order: sort, dictsort, unique, min, max.
#include <algorithm>

#include "base/error.h"
#include "tokenizer/jinja_builtins.h"
#include "tokenizer/jinja_lexer.h"
#include "tokenizer/jinja_text.h"

namespace lucie::jinja {
namespace {

bool flag(const Call& call, std::size_t index, std::string_view name) {
  const Value* value = call.find(index, name);
  return value != nullptr && value->truthy();
}

// What a value is compared by.
class Key {
 public:
  Key(const Call& call, std::size_t case_index, std::size_t attribute_index)
      : call_(call),
        keep_case_(flag(call, case_index, "case_sensitive")),
        attribute_(call.find(attribute_index, "attribute")) {
    if (attribute_ != nullptr && attribute_->is(Value::Kind::kNone)) attribute_ = nullptr;
  }

  Value of(const Value& item) const {
    Value value =
        attribute_ == nullptr ? item : attribute_of(item, to_text(*attribute_).str(), call_);
    call_.budget->spend(value.weight(), call_.line);
    if (keep_case_ || !value.is(Value::Kind::kString)) return value;
    return lower(value.text());
  }

 private:
  const Call& call_;
  bool keep_case_;
  const Value* attribute_;
};

struct Keyed {
  Value key, item;
};

// Stable, as Python's, in reverse too. Comparisons are paid for beforehand.
List in_order(std::vector<Keyed> items, bool reverse, const Call& call) {
  std::size_t weight = 1, steps = 1;
  for (const Keyed& entry : items) weight = std::max(weight, entry.key.weight());
  for (std::size_t n = items.size(); n > 0; n /= 2) ++steps;
  call.budget->spend(items.size() * steps * weight, call.line);
  // Checked first: std::sort must not see an order that fails half way.
  for (std::size_t i = 1; i < items.size(); ++i) compare(items[0].key, items[i].key, call);
  std::stable_sort(items.begin(), items.end(), [&](const Keyed& a, const Keyed& b) {
    const int order = compare(a.key, b.key, call);
    return reverse ? order > 0 : order < 0;
  });
  List out;
  for (Keyed& entry : items) out.push_back(std::move(entry.item));
  return out;
}

}  // namespace

Value sort_items(const Call& call) {
  const Key key(call, 2, 3);
  std::vector<Keyed> items;
  for (const Value& item : elements(call.positional[0], call)) {
    items.push_back({key.of(item), item});
  }
  return in_order(std::move(items), flag(call, 1, "reverse"), call);
}

Value sort_dict(const Call& call) {
  if (!call.positional[0].is(Value::Kind::kDict)) call.wrong("dictsort needs a dictionary");
  const Key key(call, 1, 99);
  const Value* by = call.find(2, "by");
  const bool by_value = by != nullptr && to_text(*by).str() == "value";
  std::vector<Keyed> items;
  for (const auto& [name, value] : call.positional[0].dict()) {
    items.push_back({key.of(by_value ? value : Value(name)), List{Value(name), value}});
  }
  return in_order(std::move(items), flag(call, 3, "reverse"), call);
}

Value unique_items(const Call& call) {
  const Key key(call, 1, 2);
  List seen, kept;
  for (const Value& item : elements(call.positional[0], call)) {
    Value value = key.of(item);
    call.budget->spend((seen.size() + 1) * value.weight(), call.line);
    const auto same = [&](const Value& other) { return equal(other, value); };
    if (std::any_of(seen.begin(), seen.end(), same)) continue;
    seen.push_back(std::move(value));
    kept.push_back(item);
  }
  return kept;
}

Value extreme(const Call& call, bool highest) {
  const Key key(call, 1, 2);
  Value best = Undefined{"item of an empty sequence"}, best_key;
  bool any = false;
  for (const Value& item : elements(call.positional[0], call)) {
    Value value = key.of(item);
    const int order = any ? compare(value, best_key, call) : 0;
    if (any && (highest ? order <= 0 : order >= 0)) continue;
    any = true;
    best = item;
    best_key = std::move(value);
  }
  return best;
}

}  // namespace lucie::jinja
