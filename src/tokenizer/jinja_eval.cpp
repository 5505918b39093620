#include "tokenizer/jinja_eval.h"

#include <utility>

#include "base/error.h"
#include "tokenizer/jinja_lexer.h"

namespace lucie::jinja {
namespace {

constexpr std::size_t kMostOutput = std::size_t{16} << 20;
constexpr int kDeepestMacro = 16;
constexpr std::size_t kLoopSteps = 20;  // making the loop variable costs about as much as these

Value loop_state(const List& items, std::size_t i) {
  const auto index = static_cast<std::int64_t>(i), count = static_cast<std::int64_t>(items.size());
  Dict loop;
  loop.emplace_back("index", index + 1);
  loop.emplace_back("index0", index);
  loop.emplace_back("revindex", count - index);
  loop.emplace_back("revindex0", count - index - 1);
  loop.emplace_back("first", i == 0);
  loop.emplace_back("last", i + 1 == items.size());
  loop.emplace_back("length", count);
  if (i > 0) loop.emplace_back("previtem", items[i - 1]);
  if (i + 1 < items.size()) loop.emplace_back("nextitem", items[i + 1]);
  return loop;
}

}  // namespace

Evaluator::Evaluator(Scope variables, std::string_view today) : today_(today) {
  scopes_.push_back(std::move(variables));
}

Text Evaluator::render(const Body& body) {
  Text out;
  out_ = &out;
  run(body);
  out_ = nullptr;
  return out;
}

void Evaluator::wrong(const std::string& message, int line) const {
  fail(ErrorCode::kInvalidArgument, message, place_of(line));
}

const Value* Evaluator::lookup(std::string_view name) const {
  for (std::size_t i = scopes_.size(); i-- > frame_;) {
    if (const auto found = scopes_[i].find(name); found != scopes_[i].end()) return &found->second;
  }
  const auto found = scopes_[0].find(name);
  return found == scopes_[0].end() ? nullptr : &found->second;
}

Text Evaluator::text_of(const Value& value, int line) {
  budget_.spend(value.weight(), line);
  return to_text(value);
}

void Evaluator::write(const Text& text, int line) {
  budget_.spend_bytes(text.size(), line);
  if (text.size() > kMostOutput - out_->size()) {
    fail(ErrorCode::kUnsupported, "the template writes more than 16 MB", place_of(line));
  }
  out_->append(text);
}

Evaluator::Flow Evaluator::run(const Body& body) {
  for (const auto& stmt : body) {
    if (const Flow flow = run(*stmt); flow != Flow::kNext) return flow;
  }
  return Flow::kNext;
}

Evaluator::Flow Evaluator::run(const Stmt& stmt) {
  budget_.spend(1, stmt.line);
  switch (stmt.kind) {
    case Stmt::Kind::kText:
      write(Text(stmt.text), stmt.line);
      return Flow::kNext;
    case Stmt::Kind::kOutput:
      write(text_of(eval(*stmt.exprs[0]), stmt.line), stmt.line);
      return Flow::kNext;
    case Stmt::Kind::kIf:
      return run_if(stmt);
    case Stmt::Kind::kFor:
      return run_for(stmt);
    case Stmt::Kind::kSet:
      assign(stmt, eval(*stmt.exprs[0]));
      return Flow::kNext;
    case Stmt::Kind::kSetBlock: {
      Value text = capture(stmt.bodies[0]);  // opens scopes: the innermost one moves in memory
      scopes_.back().insert_or_assign(stmt.names[0], std::move(text));
      return Flow::kNext;
    }
    case Stmt::Kind::kMacro:
      scopes_.back().insert_or_assign(stmt.text, Value(&stmt));
      return Flow::kNext;
    case Stmt::Kind::kFilter: {
      Value text = capture(stmt.bodies[0]);
      scopes_.emplace_back().emplace(kBlockName, std::move(text));
      const Value filtered = eval(*stmt.exprs[0]);
      scopes_.pop_back();
      write(text_of(filtered, stmt.line), stmt.line);
      return Flow::kNext;
    }
    case Stmt::Kind::kScope:
      return run(stmt.bodies[0]);
    case Stmt::Kind::kBreak:
      return Flow::kBreak;
    case Stmt::Kind::kContinue:
      return Flow::kContinue;
  }
  return Flow::kNext;
}

Evaluator::Flow Evaluator::run_if(const Stmt& stmt) {
  for (std::size_t i = 0; i < stmt.exprs.size(); ++i) {
    if (eval(*stmt.exprs[i]).truthy()) return run(stmt.bodies[i]);
  }
  return stmt.bodies.size() > stmt.exprs.size() ? run(stmt.bodies.back()) : Flow::kNext;
}

// Binds the loop's names in the innermost scope and tells whether the loop's filter lets it pass.
bool Evaluator::bind_targets(const Stmt& stmt, const Value& item) {
  budget_.spend(1, stmt.line);
  if (stmt.names.size() == 1) {
    scopes_.back().insert_or_assign(stmt.names[0], item);
  } else {
    if (!item.is(Value::Kind::kList) || item.list().size() != stmt.names.size()) {
      wrong("the loop's items cannot be unpacked into its names", stmt.line);
    }
    for (std::size_t i = 0; i < stmt.names.size(); ++i) {
      scopes_.back().insert_or_assign(stmt.names[i], item.list()[i]);
    }
  }
  return !stmt.exprs[1] || eval(*stmt.exprs[1]).truthy();
}

Evaluator::Flow Evaluator::run_for(const Stmt& stmt) {
  Call call;
  call.line = stmt.line;
  call.budget = &budget_;
  List items = elements(eval(*stmt.exprs[0]), call);
  if (stmt.exprs[1]) {
    List kept;
    scopes_.emplace_back();
    for (Value& item : items) {
      if (bind_targets(stmt, item)) kept.push_back(std::move(item));
    }
    scopes_.pop_back();
    items = std::move(kept);
  }
  if (items.empty()) return run(stmt.bodies[1]);
  for (std::size_t i = 0; i < items.size(); ++i) {
    budget_.spend(kLoopSteps, stmt.line);
    scopes_.emplace_back();
    scopes_.back().emplace("loop", loop_state(items, i));
    bind_targets(stmt, items[i]);
    const Flow flow = run(stmt.bodies[0]);
    scopes_.pop_back();
    if (flow == Flow::kBreak) break;
  }
  return Flow::kNext;
}

void Evaluator::assign(const Stmt& stmt, Value value) {
  if (!stmt.text.empty()) {
    const Value* target = lookup(stmt.names[0]);
    if (target == nullptr || !target->is(Value::Kind::kNamespace)) {
      wrong("'" + stmt.names[0] + "' is not a namespace", stmt.line);
    }
    if (value.is(Value::Kind::kNamespace)) {
      fail(ErrorCode::kUnsupported, "a namespace within a namespace", place_of(stmt.line));
    }
    target->name_space().members.insert_or_assign(stmt.text, std::move(value));
    return;
  }
  if (stmt.names.size() == 1) {
    scopes_.back().insert_or_assign(stmt.names[0], std::move(value));
    return;
  }
  if (!value.is(Value::Kind::kList) || value.list().size() != stmt.names.size()) {
    wrong("the value cannot be unpacked into the names", stmt.line);
  }
  for (std::size_t i = 0; i < stmt.names.size(); ++i) {
    scopes_.back().insert_or_assign(stmt.names[i], value.list()[i]);
  }
}

Text Evaluator::capture(const Body& body) {
  Text text;
  Text* const outer = std::exchange(out_, &text);
  scopes_.emplace_back();
  run(body);
  scopes_.pop_back();
  out_ = outer;
  return text;
}

Value Evaluator::eval_macro(const Stmt& macro, const Call& call) {
  if (++macro_depth_ > kDeepestMacro) {
    fail(ErrorCode::kUnsupported, "macros call each other too deeply", place_of(call.line));
  }
  if (call.positional.size() > macro.names.size()) {
    wrong("too many arguments for '" + macro.text + "'", call.line);
  }
  Scope scope;
  for (std::size_t i = 0; i < call.positional.size(); ++i) {
    scope.insert_or_assign(macro.names[i], call.positional[i]);
  }
  for (const auto& [name, value] : call.named) scope.insert_or_assign(name, value);
  const std::size_t outer_frame = std::exchange(frame_, scopes_.size());
  scopes_.push_back(std::move(scope));
  for (std::size_t i = 0; i < macro.names.size(); ++i) {
    if (scopes_.back().contains(macro.names[i])) continue;
    Value value = macro.exprs[i] ? eval(*macro.exprs[i]) : Value(Undefined{macro.names[i]});
    scopes_.back().insert_or_assign(macro.names[i], std::move(value));
  }
  Text text = capture(macro.bodies[0]);
  scopes_.pop_back();
  frame_ = outer_frame;
  --macro_depth_;
  return text;
}

}  // namespace lucie::jinja
