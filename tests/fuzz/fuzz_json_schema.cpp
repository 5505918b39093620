// A JSON schema made a grammar. It may be refused, but whatever it becomes must be well-formed GBNF.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "infer/grammar.h"
#include "infer/json_schema.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string grammar;
  try {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    grammar = lucie::grammar_of_schema(lucie::parse_json(text, "schema"));
    lucie::Grammar::parse(grammar);
  } catch (const lucie::Error& error) {
    const std::string what = error.message();
    const auto says = [&](const char* part) { return what.find(part) != std::string::npos; };
    const bool meant = says("no text can meet") || says("left recursion") || says("too large") ||
                       says("longer than") || says("repetitions") || says("at most is less");
    LUCIE_ASSERT(grammar.empty() || meant);
  }
  return 0;
}
