#include "tokenizer/jinja_expressions.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "tokenizer/jinja_builtins.h"

namespace lucie::jinja {
namespace {

constexpr int kHighest = 200;

std::optional<Value> literal(const Token& name) {
  if (name.value == "true" || name.value == "True") return Value(true);
  if (name.value == "false" || name.value == "False") return Value(false);
  if (name.value == "none" || name.value == "None") return Value(None{});
  return std::nullopt;
}

}  // namespace

void check_height(int height, int line) {
  if (height > kHighest) {
    fail(ErrorCode::kUnsupported, "the template is nested too deeply", place_of(line));
  }
}

const Token& ExpressionParser::peek(std::size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

bool ExpressionParser::take_operator(std::string_view op) {
  if (!at_operator(op)) return false;
  take();
  return true;
}

bool ExpressionParser::take_name(std::string_view name) {
  if (!at_name(name)) return false;
  take();
  return true;
}

void ExpressionParser::expect_operator(std::string_view op) {
  if (!take_operator(op)) unexpected(std::string(op).c_str());
}

void ExpressionParser::expect(Token::Type type, const char* what) {
  if (!at(type)) unexpected(what);
  take();
}

std::string ExpressionParser::expect_name(const char* what) {
  if (!at(Token::Type::kName)) unexpected(what);
  return take().value;
}

void ExpressionParser::unexpected(const char* wanted) const {
  const std::string found = peek().value.empty() ? "the end of the tag" : "'" + peek().value + "'";
  fail(ErrorCode::kUnsupported, "found " + found + " where " + wanted + " was expected",
       place_of(peek().line));
}

void ExpressionParser::adopt(Expr* parent, ExprPtr child) const {
  if (child) parent->height = std::max(parent->height, child->height + 1);
  check_height(parent->height, parent->line);
  parent->children.push_back(std::move(child));
}

ExprPtr ExpressionParser::make(Expr::Kind kind, ExprPtr a, ExprPtr b, ExprPtr c) const {
  auto node = std::make_unique<Expr>();
  node->kind = kind;
  node->line = peek().line;
  for (ExprPtr* child : {&a, &b, &c}) {
    if (*child) adopt(node.get(), std::move(*child));
  }
  return node;
}

ExprPtr ExpressionParser::expression() {
  check_height(++nesting_, peek().line);
  ExprPtr value = alternative();
  while (take_name("if")) {
    ExprPtr condition = alternative();
    ExprPtr otherwise = take_name("else") ? expression() : nullptr;
    value = make(Expr::Kind::kConditional, std::move(value), std::move(condition));
    adopt(value.get(), std::move(otherwise));
  }
  --nesting_;
  return value;
}

ExprPtr ExpressionParser::expression_list() {
  ExprPtr first = expression();
  if (!at_operator(",")) return first;
  ExprPtr list = make(Expr::Kind::kList, std::move(first));
  while (take_operator(",")) {
    if (at(Token::Type::kBlockEnd) || at(Token::Type::kVariableEnd)) break;
    adopt(list.get(), expression());
  }
  return list;
}

ExprPtr ExpressionParser::alternative() {
  ExprPtr left = conjunction();
  if (!at_name("or")) return left;
  ExprPtr node = make(Expr::Kind::kOr, std::move(left));
  while (take_name("or")) adopt(node.get(), conjunction());
  return node;
}

ExprPtr ExpressionParser::conjunction() {
  ExprPtr left = negation();
  if (!at_name("and")) return left;
  ExprPtr node = make(Expr::Kind::kAnd, std::move(left));
  while (take_name("and")) adopt(node.get(), negation());
  return node;
}

ExprPtr ExpressionParser::negation() {
  if (!take_name("not")) return comparison();
  check_height(++nesting_, peek().line);
  ExprPtr node = make(Expr::Kind::kNot, negation());
  --nesting_;
  return node;
}

ExprPtr ExpressionParser::comparison() {
  static constexpr std::array<std::string_view, 6> kOperators = {"==", "!=", "<", "<=", ">", ">="};
  ExprPtr left = sum();
  ExprPtr node;
  for (;;) {
    std::string op;
    if (at(Token::Type::kOperator) &&
        std::find(kOperators.begin(), kOperators.end(), peek().value) != kOperators.end()) {
      op = take().value;
    } else if (take_name("in")) {
      op = "in";
    } else if (at_name("not") && peek(1).value == "in") {
      take();
      take();
      op = "not in";
    } else {
      return node ? std::move(node) : std::move(left);
    }
    if (!node) node = make(Expr::Kind::kCompare, std::move(left));
    node->names.push_back(op);
    adopt(node.get(), sum());
  }
}

ExprPtr ExpressionParser::sum() {
  ExprPtr left = concatenation();
  while (at_operator("+") || at_operator("-")) {
    std::string op = take().value;
    ExprPtr right = concatenation();
    left = make(Expr::Kind::kBinary, std::move(left), std::move(right));
    left->name = std::move(op);
  }
  return left;
}

ExprPtr ExpressionParser::concatenation() {
  ExprPtr left = product();
  if (!at_operator("~")) return left;
  ExprPtr node = make(Expr::Kind::kConcat, std::move(left));
  while (take_operator("~")) adopt(node.get(), product());
  return node;
}

ExprPtr ExpressionParser::product() {
  ExprPtr left = unary(true);
  while (at_operator("*") || at_operator("/") || at_operator("//") || at_operator("%")) {
    std::string op = take().value;
    ExprPtr right = unary(true);
    left = make(Expr::Kind::kBinary, std::move(left), std::move(right));
    left->name = std::move(op);
  }
  return left;
}

ExprPtr ExpressionParser::unary(bool with_filters) {
  check_height(++nesting_, peek().line);
  ExprPtr node;
  if (take_operator("-")) {
    node = make(Expr::Kind::kNegate, unary(false));
  } else if (take_operator("+")) {
    node = unary(false);
  } else {
    node = primary();
  }
  node = postfix(std::move(node));
  --nesting_;
  return with_filters ? filters(std::move(node)) : std::move(node);
}

ExprPtr ExpressionParser::primary() {
  if (take_operator("(")) return bracketed(')');
  if (take_operator("[")) return bracketed(']');
  if (take_operator("{")) return dictionary();
  const Token token = peek();
  ExprPtr node = make(Expr::Kind::kConstant);
  switch (token.type) {
    case Token::Type::kName:
      take();
      return name_or_call(token);
    case Token::Type::kString: {
      std::string text;
      while (at(Token::Type::kString)) text += take().value;
      node->constant = Value(std::move(text));
      return node;
    }
    case Token::Type::kInteger:
    case Token::Type::kFloat: {
      take();
      const auto integer = parse_int(token.value);
      const auto number = parse_double(token.value);
      if (token.type == Token::Type::kInteger && integer) {
        node->constant = Value(*integer);
      } else if (token.type == Token::Type::kFloat && number) {
        node->constant = Value(*number);
      } else {
        fail(ErrorCode::kUnsupported, "the number is too large", place_of(token.line));
      }
      return node;
    }
    default:
      unexpected("a value");
  }
}

ExprPtr ExpressionParser::name_or_call(Token name) {
  if (auto value = literal(name)) {
    ExprPtr node = make(Expr::Kind::kConstant);
    node->constant = std::move(*value);
    return node;
  }
  const bool call = at_operator("(");
  if (call) {
    const bool known = is_function(name.value) || macros_.contains(name.value);
    check_known(known, "function", name.value, name.line);
  }
  ExprPtr node = make(call ? Expr::Kind::kCall : Expr::Kind::kName);
  node->name = std::move(name.value);
  if (call) arguments(node.get());
  return node;
}

// A list, or in round brackets a value or a tuple (which is a list here).
ExprPtr ExpressionParser::bracketed(char close) {
  const std::string_view end(&close, 1);
  ExprPtr list = make(Expr::Kind::kList);
  bool tuple = close == ']';
  while (!take_operator(end)) {
    adopt(list.get(), expression());
    if (take_operator(",")) {
      tuple = true;
    } else if (!at_operator(end)) {
      unexpected("',' or a closing bracket");
    }
  }
  if (tuple || list->children.empty()) return list;
  return std::move(list->children[0]);
}

ExprPtr ExpressionParser::dictionary() {
  ExprPtr node = make(Expr::Kind::kDict);
  while (!take_operator("}")) {
    adopt(node.get(), expression());
    expect_operator(":");
    adopt(node.get(), expression());
    if (!take_operator(",") && !at_operator("}")) unexpected("',' or '}'");
  }
  return node;
}

ExprPtr ExpressionParser::postfix(ExprPtr inner) {
  for (;;) {
    if (take_operator(".")) {
      const int line = peek().line;
      std::string name = at(Token::Type::kInteger) ? take().value : expect_name("a name");
      const bool call = at_operator("(");
      check_known(!call || is_method(name), "method", name, line);
      inner = make(call ? Expr::Kind::kMethod : Expr::Kind::kAttribute, std::move(inner));
      inner->name = std::move(name);
      if (call) arguments(inner.get());
    } else if (take_operator("[")) {
      inner = subscript(std::move(inner));
    } else if (at_operator("(")) {
      fail(ErrorCode::kUnsupported, "only functions, macros and methods can be called",
           place_of(peek().line));
    } else {
      return inner;
    }
  }
}

ExprPtr ExpressionParser::subscript(ExprPtr inner) {
  ExprPtr parts[3];
  int colons = 0;
  while (!at_operator("]")) {
    if (take_operator(":")) {
      if (++colons > 2) unexpected("']'");
    } else if (parts[colons]) {
      unexpected("']'");
    } else {
      parts[colons] = expression();
    }
  }
  expect_operator("]");
  if (colons == 0) {
    if (!parts[0]) unexpected("an index");
    return make(Expr::Kind::kIndex, std::move(inner), std::move(parts[0]));
  }
  ExprPtr node = make(Expr::Kind::kSlice, std::move(inner));
  for (ExprPtr& part : parts) adopt(node.get(), std::move(part));
  return node;
}

void ExpressionParser::check_known(bool known, const char* what, const std::string& name,
                                   int line) const {
  if (!known && branches_ == 0) {
    fail(ErrorCode::kUnsupported, std::string("the ") + what + " '" + name + "' is not known",
         place_of(line));
  }
}

ExprPtr ExpressionParser::one_filter(ExprPtr inner) {
  const int line = peek().line;
  std::string name = expect_name("a filter");
  check_known(is_filter(name), "filter", name, line);
  inner = make(Expr::Kind::kFilter, std::move(inner));
  inner->name = std::move(name);
  if (at_operator("(")) arguments(inner.get());
  return inner;
}

ExprPtr ExpressionParser::filter_chain(ExprPtr inner) {
  do inner = one_filter(std::move(inner));
  while (take_operator("|"));
  return inner;
}

ExprPtr ExpressionParser::filters(ExprPtr inner) {
  for (;;) {
    if (take_operator("|")) {
      inner = one_filter(std::move(inner));
    } else if (take_name("is")) {
      inner = test(std::move(inner));
    } else {
      return inner;
    }
  }
}

ExprPtr ExpressionParser::test(ExprPtr inner) {
  const bool negated = take_name("not");
  const int line = peek().line;
  std::string name = expect_name("a test");
  check_known(is_test(name), "test", name, line);
  ExprPtr node = make(Expr::Kind::kTest, std::move(inner));
  node->name = std::move(name);
  if (at_operator("(")) {
    arguments(node.get());
  } else if (at(Token::Type::kString) || at(Token::Type::kInteger) || at(Token::Type::kFloat) ||
             at_operator("[") || at_operator("{") ||
             (at(Token::Type::kName) && !at_name("else") && !at_name("or") && !at_name("and") &&
              !at_name("is") && !at_name("if") && !at_name("not") && !at_name("in"))) {
    adopt(node.get(), postfix(primary()));
  }
  return negated ? make(Expr::Kind::kNot, std::move(node)) : std::move(node);
}

void ExpressionParser::arguments(Expr* call) {
  expect_operator("(");
  while (!take_operator(")")) {
    if (at_operator("*") || at_operator("**")) unexpected("an argument");
    const bool named =
        at(Token::Type::kName) && peek(1).type == Token::Type::kOperator && peek(1).value == "=";
    if (named) {
      call->names.push_back(take().value);
      take();
    } else if (!call->names.empty()) {
      unexpected("a keyword argument");
    }
    adopt(call, expression());
    if (!take_operator(",") && !at_operator(")")) unexpected("',' or ')'");
  }
}

}  // namespace lucie::jinja
