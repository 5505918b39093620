// The syntax tree of a template. Internal to the interpreter.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tokenizer/jinja_value.h"

namespace lucie::jinja {

struct Expr;
struct Stmt;
using ExprPtr = std::unique_ptr<Expr>;
using Body = std::vector<std::unique_ptr<Stmt>>;

struct Expr {
  enum class Kind {
    kConstant,     // constant
    kName,         // name
    kList,         // children
    kDict,         // children: key, value, key, value ...
    kAttribute,    // children[0].name
    kIndex,        // children[0][children[1]]
    kSlice,        // children[0][children[1]:children[2]:children[3]], null where left out
    kCall,         // name(children)
    kMethod,       // children[0].name(children[1...])
    kFilter,       // children[0] | name(children[1...])
    kTest,         // children[0] is name(children[1...])
    kNot,          // children[0]
    kNegate,       // children[0]
    kAnd,          // all children
    kOr,           // all children
    kConcat,       // all children, with ~
    kBinary,       // children[0] name children[1]; + - * / // %
    kCompare,      // children[0] names[0] children[1] names[1] children[2] ...
    kConditional,  // children[0] if children[1] else children[2] (may be null)
  };
  Kind kind;
  int line = 0;
  int height = 1;  // of the tree below: bounds every recursion over it
  std::string name;
  Value constant;
  std::vector<ExprPtr> children;
  std::vector<std::string> names;  // calls: names of the last arguments, which are by keyword
};

// A name that no template can write.
inline constexpr const char* kBlockName = "<block>";

struct Stmt {
  enum class Kind {
    kText,      // text
    kOutput,    // exprs[0]
    kIf,        // exprs: conditions; bodies: one for each, and perhaps one more for else
    kFor,       // names in exprs[0] if exprs[1] (may be null); bodies: loop, else
    kSet,       // names = exprs[0]; with text: names[0].text = exprs[0]
    kSetBlock,  // names[0] = bodies[0]
    kMacro,     // text(names) with exprs the defaults (null where none); bodies[0]
    kScope,     // bodies[0], as it is ({% generation %})
    kFilter,    // bodies[0] through the filters exprs[0], in which kBlockName stands for it
    kBreak,
    kContinue,
  };
  Kind kind;
  int line = 0;
  std::string text;
  std::vector<std::string> names;
  std::vector<ExprPtr> exprs;
  std::vector<Body> bodies;
};

}  // namespace lucie::jinja
