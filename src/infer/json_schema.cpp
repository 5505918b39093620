#include "infer/json_schema.h"

#include "infer/schema_compiler.h"

namespace lucie {

std::string grammar_of_schema(const Json& schema) {
  return schema::Compiler(schema).compile();
}

}  // namespace lucie
