// Parser of templates: the subset of Jinja that published chat templates use. Internal.
#pragma once

#include <string_view>

#include "tokenizer/jinja_ast.h"

namespace lucie::jinja {

// Error{kUnsupported} for constructs, filters, tests, functions and methods that are not known,
// Error{kCorrupt} for what is no template at all; both with the line.
Body parse(std::string_view source);

}  // namespace lucie::jinja
