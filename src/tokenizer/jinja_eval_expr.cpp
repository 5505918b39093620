#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "tokenizer/jinja_eval.h"
#include "tokenizer/jinja_lexer.h"
#include "tokenizer/jinja_text.h"

namespace lucie::jinja {
namespace {

constexpr std::size_t kLongestText = std::size_t{16} << 20;

std::int64_t clamp_index(std::int64_t index, std::int64_t size, std::int64_t low,
                         std::int64_t high) {
  if (index < 0) index += size;
  return std::clamp(index, low, high);
}

}  // namespace

Value Evaluator::eval(const Expr& expr) {
  budget_.spend(1, expr.line);
  switch (expr.kind) {
    case Expr::Kind::kConstant:
      return expr.constant;
    case Expr::Kind::kName:
      return eval_name(expr);
    case Expr::Kind::kList:
      return eval_list(expr);
    case Expr::Kind::kDict:
      return eval_dict(expr);
    case Expr::Kind::kAttribute:
      return eval_attribute(expr);
    case Expr::Kind::kIndex:
      return eval_index(expr);
    case Expr::Kind::kSlice:
      return eval_slice(expr);
    case Expr::Kind::kCall:
      return eval_call(expr);
    case Expr::Kind::kMethod:
      return call_method(expr.name, arguments(expr));
    case Expr::Kind::kFilter:
      return call_filter(expr.name, arguments(expr));
    case Expr::Kind::kTest:
      return call_test(expr.name, arguments(expr));
    case Expr::Kind::kNot:
      return !eval(*expr.children[0]).truthy();
    case Expr::Kind::kNegate:
      return arithmetic('-', Value(std::int64_t{0}), eval(*expr.children[0]), expr.line);
    case Expr::Kind::kAnd:
    case Expr::Kind::kOr: {
      Value value;
      for (const ExprPtr& child : expr.children) {
        value = eval(*child);
        if (value.truthy() == (expr.kind == Expr::Kind::kOr)) break;
      }
      return value;
    }
    case Expr::Kind::kConcat:
      return eval_concat(expr);
    case Expr::Kind::kBinary:
      return eval_binary(expr);
    case Expr::Kind::kCompare:
      return eval_compare(expr);
    case Expr::Kind::kConditional:
      if (eval(*expr.children[1]).truthy()) return eval(*expr.children[0]);
      return expr.children[2] ? eval(*expr.children[2]) : Value();
  }
  return {};
}

Value Evaluator::eval_name(const Expr& expr) const {
  const Value* found = lookup(expr.name);
  return found ? *found : Value(Undefined{expr.name});
}

Value Evaluator::eval_list(const Expr& expr) {
  List items;
  for (const ExprPtr& child : expr.children) items.push_back(eval(*child));
  return items;
}

Value Evaluator::eval_dict(const Expr& expr) {
  Dict items;
  for (std::size_t i = 0; i + 1 < expr.children.size(); i += 2) {
    const Value key = eval(*expr.children[i]);
    if (!key.is(Value::Kind::kString)) {
      fail(ErrorCode::kUnsupported, "a dictionary key that is no string", place_of(expr.line));
    }
    Value value = eval(*expr.children[i + 1]);
    const auto same = std::find_if(items.begin(), items.end(),
                                   [&](const auto& item) { return item.first == key.str(); });
    if (same != items.end()) {
      same->second = std::move(value);
    } else {
      items.emplace_back(key.str(), std::move(value));
    }
  }
  return items;
}

Value Evaluator::eval_attribute(const Expr& expr) {
  const Value inner = eval(*expr.children[0]);
  if (inner.is(Value::Kind::kUndefined)) {
    wrong("'" + inner.undefined().name + "' is undefined", expr.line);
  }
  if (const Value* found = inner.find(expr.name)) return *found;
  return Undefined{expr.name};
}

Value Evaluator::eval_index(const Expr& expr) {
  const Value inner = eval(*expr.children[0]);
  if (inner.is(Value::Kind::kUndefined)) {
    wrong("'" + inner.undefined().name + "' is undefined", expr.line);
  }
  if (inner.is(Value::Kind::kString)) budget_.spend_bytes(inner.text().size(), expr.line);
  return item_of(inner, eval(*expr.children[1]));
}

Value Evaluator::eval_slice(const Expr& expr) {
  const Value inner = eval(*expr.children[0]);
  const auto bound = [&](std::size_t i) -> std::optional<std::int64_t> {
    if (!expr.children[i]) return std::nullopt;
    const Value value = eval(*expr.children[i]);
    if (value.is(Value::Kind::kNone)) return std::nullopt;
    if (!value.is(Value::Kind::kInteger)) wrong("a slice's bound must be an integer", expr.line);
    return std::clamp(value.integer(), std::int64_t{-1} << 40, std::int64_t{1} << 40);
  };
  const bool text = inner.is(Value::Kind::kString);
  if (!text && !inner.is(Value::Kind::kList)) {
    wrong(std::string(type_name(inner)) + " cannot be sliced", expr.line);
  }
  budget_.spend_bytes(text ? inner.text().size() : inner.list().size() * 8, expr.line);
  const auto size = static_cast<std::int64_t>(text ? character_offsets(inner.str()).size() - 1
                                                   : inner.list().size());
  const auto from = bound(1), to = bound(2), by = bound(3);
  const std::int64_t step = by.value_or(1);
  if (step == 0) wrong("a slice's step must not be zero", expr.line);
  const std::int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
  const std::int64_t begin = from ? clamp_index(*from, size, low, high) : (step > 0 ? low : high);
  const std::int64_t end = to ? clamp_index(*to, size, low, high) : (step > 0 ? high : low);
  std::vector<std::size_t> wanted;
  for (std::int64_t i = begin; step > 0 ? i < end : i > end; i += step) {
    wanted.push_back(static_cast<std::size_t>(i));
  }
  if (text) return slice_text(inner.text(), wanted);
  List items;
  for (const std::size_t i : wanted) items.push_back(inner.list()[i]);
  return items;
}

Call Evaluator::arguments(const Expr& expr) {
  Call call;
  call.line = expr.line;
  call.budget = &budget_;
  call.today = today_;
  const std::size_t named = expr.children.size() - expr.names.size();
  for (std::size_t i = 0; i < expr.children.size(); ++i) {
    Value value = eval(*expr.children[i]);
    // Lists are charged by what is done with them, texts here: most functions copy them.
    if (value.is(Value::Kind::kString)) budget_.spend(value.weight(), expr.line);
    if (i < named) {
      call.positional.push_back(std::move(value));
    } else {
      call.named.emplace_back(expr.names[i - named], std::move(value));
    }
  }
  return call;
}

Value Evaluator::eval_call(const Expr& expr) {
  const Call call = arguments(expr);
  const Value* found = lookup(expr.name);
  if (found && found->is(Value::Kind::kMacro)) return eval_macro(*found->macro(), call);
  if (!is_function(expr.name)) wrong("'" + expr.name + "' is undefined", expr.line);
  return call_function(expr.name, call);
}

Value Evaluator::eval_concat(const Expr& expr) {
  Text text;
  for (const ExprPtr& child : expr.children) text.append(text_of(eval(*child), expr.line));
  budget_.spend_bytes(text.size(), expr.line);
  return text;
}

Value Evaluator::eval_binary(const Expr& expr) {
  const Value a = eval(*expr.children[0]), b = eval(*expr.children[1]);
  const std::string& op = expr.name;
  if (op == "+") return add(a, b, expr.line);
  if (op == "*" && a.is(Value::Kind::kString) && b.is(Value::Kind::kInteger)) {
    return repeat(a, b.integer(), expr.line);
  }
  if (op == "*" && b.is(Value::Kind::kString) && a.is(Value::Kind::kInteger)) {
    return repeat(b, a.integer(), expr.line);
  }
  return arithmetic(op == "//" ? 'q' : op[0], a, b, expr.line);
}

Value Evaluator::add(const Value& a, const Value& b, int line) {
  if (a.is(Value::Kind::kString) && b.is(Value::Kind::kString)) {
    if (a.text().size() + b.text().size() > kLongestText) {
      fail(ErrorCode::kUnsupported, "a text grows beyond 16 MB", place_of(line));
    }
    Text text = a.text();
    text.append(b.text());
    budget_.spend_bytes(text.size(), line);
    return text;
  }
  if (a.is(Value::Kind::kList) && b.is(Value::Kind::kList)) {
    List items = a.list();
    items.insert(items.end(), b.list().begin(), b.list().end());
    budget_.spend(1 + items.size(), line);
    return items;
  }
  return arithmetic('+', a, b, line);
}

Value Evaluator::repeat(const Value& text, std::int64_t times, int line) {
  if (times <= 0 || text.text().size() == 0) return std::string();
  if (static_cast<std::uint64_t>(times) > kLongestText / text.text().size()) {
    fail(ErrorCode::kUnsupported, "a text grows beyond 16 MB", place_of(line));
  }
  budget_.spend_bytes(text.text().size() * static_cast<std::size_t>(times), line);
  budget_.spend(static_cast<std::size_t>(times), line);
  Text out;
  for (std::int64_t i = 0; i < times; ++i) out.append(text.text());
  return out;
}

Value Evaluator::arithmetic(char op, const Value& a, const Value& b, int line) const {
  for (const Value* value : {&a, &b}) {
    if (value->is(Value::Kind::kUndefined)) {
      wrong("'" + value->undefined().name + "' is undefined", line);
    }
    if (!value->is_number()) {
      wrong(std::string("unsupported operands: ") + type_name(a) + " and " + type_name(b), line);
    }
  }
  if (op != '+' && op != '-' && op != '*' && b.number() == 0) wrong("division by zero", line);
  if (op == '/') return a.number() / b.number();
  if (a.is(Value::Kind::kFloat) || b.is(Value::Kind::kFloat)) {
    const double x = a.number(), y = b.number();
    if (op == '+') return x + y;
    if (op == '-') return x - y;
    if (op == '*') return x * y;
    const double quotient = std::floor(x / y);
    return op == 'q' ? quotient : x - quotient * y;
  }
  const std::int64_t x = a.integer(), y = b.integer();
  std::int64_t result = 0;
  bool overflow = false;
  if (op == '+') {
    overflow = __builtin_add_overflow(x, y, &result);
  } else if (op == '-') {
    overflow = __builtin_sub_overflow(x, y, &result);
  } else if (op == '*') {
    overflow = __builtin_mul_overflow(x, y, &result);
  } else if (y == -1) {  // the quotient of the lowest number would not fit
    overflow = op == 'q' && __builtin_sub_overflow(std::int64_t{0}, x, &result);
  } else {
    const bool down = x % y != 0 && (x < 0) != (y < 0);
    result = op == 'q' ? x / y - (down ? 1 : 0) : x % y + (down ? y : 0);
  }
  if (overflow) fail(ErrorCode::kUnsupported, "a number grows beyond 64 bits", place_of(line));
  return result;
}

Value Evaluator::eval_compare(const Expr& expr) {
  Call call;
  call.line = expr.line;
  call.budget = &budget_;
  Value left = eval(*expr.children[0]);
  for (std::size_t i = 0; i < expr.names.size(); ++i) {
    Value right = eval(*expr.children[i + 1]);
    const std::string& op = expr.names[i];
    bool holds = false;
    budget_.spend(left.weight(), expr.line);
    if (op == "==" || op == "!=") {
      holds = equal(left, right) == (op == "==");
    } else if (op == "in" || op == "not in") {
      holds = contains(right, left, call) == (op == "in");
    } else {
      const int order = compare(left, right, call);
      holds = op == "<" ? order < 0 : op == "<=" ? order <= 0 : op == ">" ? order > 0 : order >= 0;
    }
    if (!holds) return false;
    left = std::move(right);
  }
  return true;
}

}  // namespace lucie::jinja
