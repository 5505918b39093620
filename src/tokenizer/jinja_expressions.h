// The expression half of the parser. Internal to the interpreter.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/jinja_ast.h"
#include "tokenizer/jinja_lexer.h"

namespace lucie::jinja {

// A cursor over tokens, with the grammar of expressions, loosest binding first.
class ExpressionParser {
 public:
  ExpressionParser(std::vector<Token> tokens, std::set<std::string> macros)
      : tokens_(std::move(tokens)), macros_(std::move(macros)) {}

  ExprPtr expression();   // with the ternary
  ExprPtr alternative();  // without: `a or b`
  // a, b, c without brackets is a list too.
  ExprPtr expression_list();
  // What follows the '|' of a filter and further ones, applied to `inner`.
  ExprPtr filter_chain(ExprPtr inner);

  // In between, filters and the like that are not known are errors only when they are reached, as
  // in Jinja within an `if`.
  void enter_branch() { ++branches_; }
  void leave_branch() { --branches_; }

  const Token& peek(std::size_t ahead = 0) const;
  Token take() { return tokens_[at_ < tokens_.size() - 1 ? at_++ : at_]; }
  bool at(Token::Type type) const { return peek().type == type; }
  bool at_operator(std::string_view op) const {
    return at(Token::Type::kOperator) && peek().value == op;
  }
  bool at_name(std::string_view name) const {
    return at(Token::Type::kName) && peek().value == name;
  }
  bool take_operator(std::string_view op);
  bool take_name(std::string_view name);
  void expect_operator(std::string_view op);
  void expect(Token::Type type, const char* what);
  std::string expect_name(const char* what);
  [[noreturn]] void unexpected(const char* wanted) const;

 private:
  ExprPtr conjunction();
  ExprPtr negation();
  ExprPtr comparison();
  ExprPtr sum();
  ExprPtr concatenation();
  ExprPtr product();
  ExprPtr unary(bool with_filters);
  ExprPtr primary();
  ExprPtr name_or_call(Token name);
  ExprPtr bracketed(char close);
  ExprPtr dictionary();
  ExprPtr postfix(ExprPtr inner);
  ExprPtr subscript(ExprPtr inner);
  ExprPtr filters(ExprPtr inner);
  ExprPtr one_filter(ExprPtr inner);
  void check_known(bool known, const char* what, const std::string& name, int line) const;
  ExprPtr test(ExprPtr inner);
  void arguments(Expr* call);
  ExprPtr make(Expr::Kind kind, ExprPtr a = {}, ExprPtr b = {}, ExprPtr c = {}) const;
  void adopt(Expr* parent, ExprPtr child) const;

  std::vector<Token> tokens_;
  std::set<std::string> macros_;
  std::size_t at_ = 0;
  int nesting_ = 0, branches_ = 0;
};

// Trees higher than this are refused: they would exhaust the stack.
void check_height(int height, int line);

}  // namespace lucie::jinja
