// Tokens of a Jinja template, with the white space rules Hugging Face sets: trim_blocks and
// lstrip_blocks on, '-' strips, '+' keeps. Internal to the interpreter.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lucie::jinja {

struct Token {
  enum class Type {
    kText,           // value: the text, white space rules applied
    kVariableBegin,  // {{
    kVariableEnd,    // }}
    kBlockBegin,     // {%
    kBlockEnd,       // %}
    kName,
    kInteger,
    kFloat,
    kString,  // value: escapes resolved
    kOperator,
    kEnd,
  };
  Type type = Type::kEnd;
  std::string value;
  int line = 1;
};

// Throws Error{kUnsupported} or {kCorrupt} at "chat template:LINE". The last token is kEnd.
std::vector<Token> tokenize(std::string_view source);

// "chat template:12".
std::string place_of(int line);

}  // namespace lucie::jinja
