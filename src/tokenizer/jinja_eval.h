// Runs a parsed template. Internal to the interpreter.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/jinja_ast.h"
#include "tokenizer/jinja_builtins.h"

namespace lucie::jinja {

using Scope = std::map<std::string, Value, std::less<>>;

// A run of a template over its variables. Steps, bytes of output and the depth of macros are
// bounded (Error{kUnsupported}); raise_exception and misuse of values are Error{kInvalidArgument}
// with line.
class Evaluator {
 public:
  // `today`: ISO date for strftime_now, or empty.
  Evaluator(Scope variables, std::string_view today);
  Text render(const Body& body);

 private:
  enum class Flow { kNext, kBreak, kContinue };

  Flow run(const Body& body);
  Flow run(const Stmt& stmt);
  Flow run_if(const Stmt& stmt);
  Flow run_for(const Stmt& stmt);
  bool bind_targets(const Stmt& stmt, const Value& item);
  void assign(const Stmt& stmt, Value value);
  Text capture(const Body& body);
  void write(const Text& text, int line);
  Text text_of(const Value& value, int line);

  Value eval(const Expr& expr);
  Value eval_name(const Expr& expr) const;
  Value eval_list(const Expr& expr);
  Value eval_dict(const Expr& expr);
  Value eval_attribute(const Expr& expr);
  Value eval_index(const Expr& expr);
  Value eval_slice(const Expr& expr);
  Value eval_call(const Expr& expr);
  Value eval_macro(const Stmt& macro, const Call& call);
  Value eval_concat(const Expr& expr);
  Value eval_binary(const Expr& expr);
  Value eval_compare(const Expr& expr);
  Value add(const Value& a, const Value& b, int line);
  Value arithmetic(char op, const Value& a, const Value& b, int line) const;
  Value repeat(const Value& text, std::int64_t times, int line);
  Call arguments(const Expr& expr);

  const Value* lookup(std::string_view name) const;
  [[noreturn]] void wrong(const std::string& message, int line) const;

  std::vector<Scope> scopes_;
  std::size_t frame_ = 0;  // first scope of the running macro; below it only scopes_[0] is seen
  int macro_depth_ = 0;
  Text* out_ = nullptr;
  Budget budget_;
  std::string today_;
};

}  // namespace lucie::jinja
