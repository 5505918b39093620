#include "tokenizer/jinja_parser.h"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <utility>

#include "base/error.h"
#include "tokenizer/jinja_expressions.h"

namespace lucie::jinja {
namespace {

using Type = Token::Type;
using StmtPtr = std::unique_ptr<Stmt>;

// Macros may be called before the line that defines them.
std::set<std::string> macro_names(const std::vector<Token>& tokens) {
  std::set<std::string> names;
  for (std::size_t i = 2; i < tokens.size(); ++i) {
    if (tokens[i - 2].type == Type::kBlockBegin && tokens[i - 1].value == "macro") {
      names.insert(tokens[i].value);
    }
  }
  return names;
}

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : Parser(macro_names(tokens), tokens) {}

  Body run() { return body_until({}); }

 private:
  Parser(std::set<std::string> macros, std::vector<Token> tokens)
      : in_(std::move(tokens), std::move(macros)) {}

  using Ends = std::initializer_list<std::string_view>;

  // Statements up to a block tag whose name is among `ends`, which is left for the caller; with
  // none, up to the end of the template.
  Body body_until(Ends ends) {
    check_height(++nesting_, in_.peek().line);
    Body body;
    for (;;) {
      if (in_.at(Type::kEnd)) {
        if (ends.size() > 0) missing(ends);
        break;
      }
      if (in_.at(Type::kBlockBegin) && in_.peek(1).type == Type::kName &&
          std::find(ends.begin(), ends.end(), in_.peek(1).value) != ends.end()) {
        break;
      }
      body.push_back(one());
    }
    --nesting_;
    return body;
  }

  [[noreturn]] void missing(Ends ends) const {
    fail(ErrorCode::kCorrupt, "the template ends before '" + std::string(*(ends.end() - 1)) + "'",
         place_of(in_.peek().line));
  }

  StmtPtr make(Stmt::Kind kind) const {
    auto node = std::make_unique<Stmt>();
    node->kind = kind;
    node->line = in_.peek().line;
    return node;
  }

  StmtPtr one() {
    if (in_.at(Type::kText)) {
      StmtPtr node = make(Stmt::Kind::kText);
      node->text = in_.take().value;
      return node;
    }
    if (in_.at(Type::kVariableBegin)) {
      in_.take();
      StmtPtr node = make(Stmt::Kind::kOutput);
      node->exprs.push_back(in_.expression_list());
      in_.expect(Type::kVariableEnd, "'}}'");
      return node;
    }
    in_.expect(Type::kBlockBegin, "a tag");
    const int line = in_.peek().line;
    const std::string name = in_.expect_name("a statement");
    if (name == "if") return if_statement();
    if (name == "for") return for_statement();
    if (name == "set") return set_statement();
    if (name == "macro") return macro_statement();
    if (name == "generation") return generation();
    if (name == "filter") return filter_statement();
    if (name == "break" || name == "continue") return jump(name == "break");
    fail(ErrorCode::kUnsupported, "the statement '" + name + "' is not known here", place_of(line));
  }

  void end_tag() { in_.expect(Type::kBlockEnd, "'%}'"); }

  // Takes `{% name %}`.
  void close(const char* name) {
    in_.expect(Type::kBlockBegin, name);
    if (!in_.take_name(name)) in_.unexpected(name);
    end_tag();
  }

  StmtPtr if_statement() {
    StmtPtr node = make(Stmt::Kind::kIf);
    for (;;) {
      node->exprs.push_back(in_.expression_list());
      in_.enter_branch();
      end_tag();
      node->bodies.push_back(body_until({"elif", "else", "endif"}));
      in_.leave_branch();
      if (in_.peek(1).value != "elif") break;
      in_.take();
      in_.take();
    }
    if (in_.peek(1).value == "else") {
      in_.take();
      in_.take();
      in_.enter_branch();
      end_tag();
      node->bodies.push_back(body_until({"endif"}));
      in_.leave_branch();
    }
    close("endif");
    return node;
  }

  std::vector<std::string> targets() {
    std::vector<std::string> names;
    const bool brackets = in_.take_operator("(");
    do names.push_back(in_.expect_name("a name"));
    while (in_.take_operator(","));
    if (brackets) in_.expect_operator(")");
    return names;
  }

  StmtPtr for_statement() {
    StmtPtr node = make(Stmt::Kind::kFor);
    node->names = targets();
    if (!in_.take_name("in")) in_.unexpected("'in'");
    node->exprs.push_back(in_.alternative());
    node->exprs.push_back(in_.take_name("if") ? in_.expression() : nullptr);
    if (in_.at_name("recursive")) in_.unexpected("'%}'");
    end_tag();
    ++loops_;
    node->bodies.push_back(body_until({"else", "endfor"}));
    --loops_;
    node->bodies.emplace_back();
    if (in_.peek(1).value == "else") {
      in_.take();
      in_.take();
      end_tag();
      node->bodies.back() = body_until({"endfor"});
    }
    close("endfor");
    return node;
  }

  StmtPtr set_statement() {
    StmtPtr node = make(Stmt::Kind::kSet);
    node->names = targets();
    if (node->names.size() == 1 && in_.take_operator(".")) node->text = in_.expect_name("a name");
    if (in_.take_operator("=")) {
      node->exprs.push_back(in_.expression_list());
      end_tag();
      return node;
    }
    if (node->names.size() > 1 || !node->text.empty()) in_.unexpected("'='");
    node->kind = Stmt::Kind::kSetBlock;
    end_tag();
    node->bodies.push_back(body_until({"endset"}));
    close("endset");
    return node;
  }

  StmtPtr macro_statement() {
    StmtPtr node = make(Stmt::Kind::kMacro);
    node->text = in_.expect_name("a name");
    in_.expect_operator("(");
    while (!in_.take_operator(")")) {
      node->names.push_back(in_.expect_name("an argument"));
      node->exprs.push_back(in_.take_operator("=") ? in_.expression() : nullptr);
      if (!in_.take_operator(",") && !in_.at_operator(")")) in_.unexpected("',' or ')'");
    }
    end_tag();
    const int loops = std::exchange(loops_, 0);
    node->bodies.push_back(body_until({"endmacro"}));
    loops_ = loops;
    close("endmacro");
    return node;
  }

  StmtPtr generation() {
    StmtPtr node = make(Stmt::Kind::kScope);
    end_tag();
    node->bodies.push_back(body_until({"endgeneration"}));
    close("endgeneration");
    return node;
  }

  StmtPtr filter_statement() {
    StmtPtr node = make(Stmt::Kind::kFilter);
    auto block = std::make_unique<Expr>();
    block->kind = Expr::Kind::kName;
    block->line = node->line;
    block->name = kBlockName;
    node->exprs.push_back(in_.filter_chain(std::move(block)));
    end_tag();
    node->bodies.push_back(body_until({"endfilter"}));
    close("endfilter");
    return node;
  }

  StmtPtr jump(bool is_break) {
    StmtPtr node = make(is_break ? Stmt::Kind::kBreak : Stmt::Kind::kContinue);
    if (loops_ == 0) {
      fail(ErrorCode::kCorrupt, "break or continue outside of a loop", place_of(node->line));
    }
    end_tag();
    return node;
  }

  ExpressionParser in_;
  int nesting_ = 0, loops_ = 0;
};

}  // namespace

Body parse(std::string_view source) {
  return Parser(tokenize(source)).run();
}

}  // namespace lucie::jinja
